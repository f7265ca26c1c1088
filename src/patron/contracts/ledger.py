"""What everything that was done to customers brought and cost, in one account."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.outcome import EVIDENCE

KINDS = ("campaign", "trigger", "price_change", "referral", "loyalty")

RESTS_ON = (
    "random_arms", "arms_as_given", "matched_change", "price_response", "last_click", "acquired_customers",
)  # fmt: skip
"""How a figure comes about: by arms drawn by lot; by arms of which nobody says how they were drawn; by the change of
members against that of comparable customers; by how sales answer to prices; by orders after a click; by all that
referred customers brought."""

STATUSES = (
    "read", "claimed", "within", "too_early", "too_few", "sample_ratio", "not_read", "trends_differ", "unchecked",
    "no_comparable",
)  # fmt: skip

DECAYS = ("fades", "lasts", "other_shape", "too_short", "cannot_tell")

PARTS = ("measured", "modelled", "measured_and_modelled", "assumed", "claims", "holdout", "gap")

LEDGER = Contract(
    name="ledger",
    grain="one campaign, trigger, price change, referral or loyalty programme",
    purpose="measurement",
    people="customers",
    note="Money since the entry began, up to to_day, never beyond. Only rows of evidence `measured` were compared by lot; `assumed` rows have no interval, and are never added to the others without saying so. Rows that are not counted are a part of another one.",
    columns=(
        Column(name="entry", type="string", meaning="The entry's name: the experiment, with its arm where it has several; or `referral`, `loyalty`, `clicks: CAMPAIGN`, `discount: EXPERIMENT`, `prices: CATEGORY`.", key=True),
        Column(name="kind", type="string", meaning="What it is.", values=KINDS),
        Column(name="evidence", type="string", meaning="How its effect is known.", values=EVIDENCE),
        Column(name="rests_on", type="string", meaning="What the figure rests on.", values=RESTS_ON),
        Column(name="counted", type="boolean", meaning="Whether `ledger_totals` adds it up."),
        Column(name="experiment", type="string", meaning="The experiment that measures it.", nullable=True),
        Column(name="arm", type="string", meaning="The arm of it.", nullable=True),
        Column(name="programme", type="string", meaning="The programme that it belongs to.", nullable=True),
        Column(name="from_day", type="date", meaning="First day that counts."),
        Column(name="to_day", type="date", meaning="Last day that counts."),
        Column(name="customers", type="int64", meaning="To whom it was done; for `last_click` those who clicked and ordered, for `acquired_customers` those who came.", unit="customers"),
        Column(name="control", type="int64", meaning="With whom they are compared.", unit="customers", nullable=True),
        Column(name="cost", type="float64", meaning="What the messages cost that left, or cost per contact x customers; and the fixed cost. None when it is not known.", unit="money", nullable=True),
        Column(name="cost_source", type="string", meaning="Where the cost comes from: the `deliveries` that really left, where the cost of all of them is known; else the settings (cost per contact x customers), the source, or spend. `nothing` is paid for a price.", values=("deliveries", "settings", "source", "spend", "nothing", "unknown")),
        Column(name="effect", type="float64", meaning="Margin that it brought in all (incremental where measured or modelled), before its cost.", unit="money", nullable=True),
        Column(name="effect_low", type="float64", meaning="Lower end of the 95 % interval.", unit="money", nullable=True),
        Column(name="effect_high", type="float64", meaning="Upper end of the 95 % interval.", unit="money", nullable=True),
        Column(name="early", type="float64", meaning="What the first eight weeks brought in all, without covariates; a narrower reading where effects fade, since later weeks only add noise.", unit="money", nullable=True),
        Column(name="early_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="early_high", type="float64", meaning="Upper end of its 95 % interval.", unit="money", nullable=True),
        Column(name="shrunk", type="float64", meaning="The effect drawn towards the mean of all measured entries per customer: what to expect of it where it was picked for being large.", unit="money", nullable=True),
        Column(name="shrunk_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="shrunk_high", type="float64", meaning="Upper end of its 95 % interval.", unit="money", nullable=True),
        Column(name="net", type="float64", meaning="effect - cost; none when the cost is not known.", unit="money", nullable=True),
        Column(name="net_low", type="float64", meaning="Lower end of its 95 % interval.", unit="money", nullable=True),
        Column(name="net_high", type="float64", meaning="Upper end of its 95 % interval.", unit="money", nullable=True),
        Column(name="return_on_cost", type="float64", meaning="net / cost; none when the cost is 0 or not known. The cost is a sum that was paid and no estimate, so that the interval is that of net / cost.", unit="share", nullable=True),
        Column(name="return_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share", nullable=True),
        Column(name="return_high", type="float64", meaning="Upper end of its 95 % interval.", unit="share", nullable=True),
        Column(name="return_status", type="string", meaning="Whether there is a return on cost.", values=("known", "no_effect", "unknown_cost", "no_cost")),
        Column(name="p_value", type="float64", meaning="Two-sided, of no effect.", unit="share", nullable=True),
        Column(name="q_value", type="float64", meaning="The least false discovery rate, over all measured and modelled entries, at which it would be called an effect.", unit="share", nullable=True),
        Column(name="last_click", type="float64", meaning="What a last-click report would claim for the same campaign: margin of days with an order within seven days after a click on it.", unit="money", nullable=True),
        Column(name="decay", type="string", meaning="What becomes of the effect per day: it `fades` by half in half_life_days; it `lasts` as far as can be told, with a half-life of half_life_low or more; it has `other_shape` (often sales that were only moved forward); the days are `too_short`; or one `cannot_tell`. None of what is not measured.", nullable=True, values=DECAYS),
        Column(name="half_life_days", type="float64", meaning="Days in which the effect per day halves; only where it fades.", unit="days", nullable=True),
        Column(name="half_life_low", type="float64", meaning="Lower end of its 95 % interval.", unit="days", nullable=True),
        Column(name="half_life_high", type="float64", meaning="Upper end of it; none when it may last.", unit="days", nullable=True),
        Column(name="status", type="string", meaning="Whether it can be read: `claimed` for what is assumed, `within` for a part of another entry, `trends_differ` where members differed from the comparable ones before they joined, `unchecked` where nobody was a customer for long enough before to see that.", values=STATUSES),
    ),
)

LEDGER_TOTALS = Contract(
    name="ledger_totals",
    grain="one part of the account of one hold-out's programme",
    purpose="measurement",
    people="customers",
    note="The gap is claims - holdout: `claims` are the measured and modelled entries that began on the hold-out's first day or later, `holdout` is what everybody else brought more than the held-out. Intervals allow for claims on the same customers.",
    columns=(
        Column(name="scope", type="string", meaning="`all`, or the programme whose hold-out it is.", key=True),
        Column(name="part", type="string", meaning="Which entries; or the hold-out, or the gap.", key=True, values=PARTS),
        Column(name="entries", type="int64", meaning="How many entries are in it."),
        Column(name="customers", type="int64", meaning="Customers of these entries, each counted once an entry; of the hold-out the smaller arm.", unit="customers"),
        Column(name="cost", type="float64", meaning="Sum of the costs that are known; none when none is.", unit="money", nullable=True),
        Column(name="unknown_costs", type="int64", meaning="Entries whose cost is not known."),
        Column(name="effect", type="float64", meaning="Sum of the effects.", unit="money", nullable=True),
        Column(name="effect_low", type="float64", meaning="Lower end of the 95 % interval.", unit="money", nullable=True),
        Column(name="effect_high", type="float64", meaning="Upper end of the 95 % interval.", unit="money", nullable=True),
        Column(name="net", type="float64", meaning="effect - cost; none while a cost is unknown.", unit="money", nullable=True),
        Column(name="winners", type="int64", meaning="Entries whose whole interval is above 0.", nullable=True),
        Column(name="false_winners", type="float64", meaning="How many winners there would be on average if nothing had any effect.", nullable=True),
        Column(name="found", type="int64", meaning="Winners with a q-value below 5 %.", nullable=True),
        Column(name="status", type="string", meaning="Whether there is anything to say: `nothing` where there are no entries, `agree` and `differ` for a gap.", values=("read", "nothing", "too_few", "too_early", "no_holdout", "agree", "differ")),
    ),
)

LEDGER_WEEKS = Contract(
    name="ledger_weeks",
    grain="one stretch of weeks after one measured entry began",
    purpose="measurement",
    people="least",
    columns=(
        Column(name="entry", type="string", meaning="The entry.", key=True),
        Column(name="from_week", type="int64", meaning="First week of the stretch, from 1.", key=True),
        Column(name="to_week", type="int64", meaning="Last week of it."),
        Column(name="customers", type="int64", meaning="Treated customers who were watched to its end.", unit="customers"),
        Column(name="control", type="int64", meaning="Those of control.", unit="customers"),
        Column(name="least", type="int64", meaning="The smaller of the two.", unit="customers"),
        Column(name="effect", type="float64", meaning="Margin per customer and week that it brought more than control.", unit="money", nullable=True),
        Column(name="effect_low", type="float64", meaning="Lower end of the 95 % interval.", unit="money", nullable=True),
        Column(name="effect_high", type="float64", meaning="Upper end of the 95 % interval.", unit="money", nullable=True),
    ),
)

CONTRACTS = (LEDGER, LEDGER_TOTALS, LEDGER_WEEKS)
