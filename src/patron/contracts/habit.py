"""What customers who stay have in common: habits, the day on which silence becomes a signal, and gateway products."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

GATEWAY_KINDS = ("basket", "category", "channel", "product")

HABIT_EVENTS = Contract(
    name="habit_events",
    grain="one thing that a customer did on one day",
    purpose="analytics",
    note="Not kept by a run: what `Habits` reads, once the moment is a day.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who."),
        Column(name="day", type="date", meaning="When."),
        Column(name="event", type="string", meaning="What."),
   ),
)

HABITS = Contract(
    name="habits",
    grain="one tested rule: whoever does a deed in time after an anchor does the outcome more, or less, often",
    purpose="analytics",
    people="customers",
    note="An association, not an effect: `experiment` says what would prove it. All rules that were tested are here, found or not, because the q-values count all of them. Everybody who is compared was watched to the last day that the deed may take (the landmark) and was still at risk then; shares are Kaplan-Meier estimates, so that who was not watched to the end of the horizon counts for as long as she was.",
    columns=(
        Column(name="anchor", type="string", meaning="The event from which days are counted; a customer's first one.", key=True),
        Column(name="deed", type="string", meaning="What the doers did.", key=True),
        Column(name="within_days", type="int64", meaning="By how many days after the anchor, its own day not counted; 0: on its day.", unit="days", key=True),
        Column(name="outcome", type="string", meaning="What is asked for after that.", key=True),
        Column(name="horizon_days", type="int64", meaning="Within how many days after the landmark.", unit="days"),
        Column(name="customers", type="int64", meaning="Customers at risk at the landmark.", unit="customers"),
        Column(name="doers", type="int64", meaning="Those of them who had done the deed.", unit="customers"),
        Column(name="rate_doers", type="float64", meaning="Share of the doers who do the outcome.", unit="share"),
        Column(name="rate_others", type="float64", meaning="Share of the others.", unit="share"),
        Column(name="risk_ratio", type="float64", meaning="rate_doers / rate_others; none where nobody of the others does it.", unit="ratio", nullable=True),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio"),
        Column(name="high", type="float64", meaning="Upper end; none where nobody of the others does it.", unit="ratio", nullable=True),
        Column(name="p_value", type="float64", meaning="That the groups differ so much by chance (two-sided), of this test alone."),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all rows, whatever hangs together (Benjamini and Yekutieli)."),
        Column(name="found", type="boolean", meaning="Whether the q-value is at most the level that was asked for."),
        Column(name="strongest", type="boolean", meaning="Whether it is found, and of its anchor, deed and outcome this time is the one that is surest."),
        Column(name="customers_needed", type="int64", meaning="Customers in each half of the experiment, for 80 % power, if its prompt makes ten in a hundred more do the deed; none where the rates are equal.", unit="customers", nullable=True),
        Column(name="sentence", type="string", meaning="The rule in words."),
        Column(name="experiment", type="string", meaning="What would prove it: whom to draw, what to send, how many it takes."),
   ),
)

CRITICAL_DAYS = Contract(
    name="critical_days",
    grain="one threshold of the chance that customers still do something who were silent since an anchor",
    purpose="analytics",
    people="customers",
    note="The day after which silence is a signal. The chance on a day is that of doing it within the horizon after it, for who has not done it yet.",
    columns=(
        Column(name="anchor", type="string", meaning="The event from which days are counted; a customer's first one.", key=True),
        Column(name="outcome", type="string", meaning="What one waits for.", key=True),
        Column(name="threshold", type="float64", meaning="The chance below which silence is called a signal.", unit="share", key=True),
        Column(name="horizon_days", type="int64", meaning="Within how many days after the day that is asked about.", unit="days"),
        Column(name="customers", type="int64", meaning="Customers with the anchor.", unit="customers"),
        Column(name="silent", type="int64", meaning="Those of them who were watched to that day and still silent.", unit="customers"),
        Column(name="chance_at_once", type="float64", meaning="The chance on the day of the anchor.", unit="share"),
        Column(name="day", type="int64", meaning="Days after the anchor on which the chance is first below the threshold; none where it is not on any day that can be told.", unit="days", nullable=True),
        Column(name="low", type="int64", meaning="Lower end of its 95 % interval.", unit="days", nullable=True),
        Column(name="high", type="int64", meaning="Upper end; none where the data do not reach so far.", unit="days", nullable=True),
        Column(name="sentence", type="string", meaning="The same in words."),
   ),
)

GATEWAYS = Contract(
    name="gateways",
    grain="one product, category, channel or size of first purchases",
    purpose="analytics",
    people="customers",
    note="An association: whom an item draws and what it does to them are not told apart. Only customers who were watched for the whole horizon count. Others are those who began without it, in the same month and with about as large a basket (1, 2 to 3, 4 to 7, 8 to 15, 16 to 31 or more lines; sizes themselves are compared within the month alone), so that an old product is not better by having had more time, nor a seasonal one by its season, nor any by being in large baskets.",
    columns=(
        Column(name="kind", type="string", meaning="What it is.", key=True, values=GATEWAY_KINDS),
        Column(name="item", type="string", meaning="Which one; of products the id, of baskets how many lines.", key=True),
        Column(name="name", type="string", meaning="What it is called, where the source says; else the item."),
        Column(name="horizon_days", type="int64", meaning="Watched for how many days after the first purchase.", unit="days"),
        Column(name="customers", type="int64", meaning="Customers who began with it.", unit="customers"),
        Column(name="again", type="int64", meaning="Those of them who bought on a later day within the horizon.", unit="customers"),
        Column(name="rate_again", type="float64", meaning="again / customers.", unit="share"),
        Column(name="difference", type="float64", meaning="Less the share of comparable others; 0.05 is five points.", unit="share"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="shrunk", type="float64", meaning="The difference, drawn to the mean of its kind as far as its size leaves it to chance: the best guess.", unit="share"),
        Column(name="value_after", type="float64", meaning="Mean net amount bought on later days within the horizon.", unit="money"),
        Column(name="value_difference", type="float64", meaning="Less that of comparable others.", unit="money"),
        Column(name="value_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money"),
        Column(name="value_high", type="float64", meaning="Upper end.", unit="money"),
        Column(name="p_value", type="float64", meaning="That the difference is chance (Cochran, Mantel and Haenszel), of this test alone."),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all items of its kind, whatever hangs together (Benjamini and Yekutieli)."),
        Column(name="found", type="boolean", meaning="Whether the q-value is at most 10 %."),
        Column(name="sentence", type="string", meaning="The same in words."),
   ),
)

CONTRACTS = (HABITS, CRITICAL_DAYS, GATEWAYS)
