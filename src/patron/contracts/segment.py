"""How customers behave, which kinds of behaviour there are, and where on their way each customer stands."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

STAGE_NAMES = ("prospect", "first_time", "second_order", "developing", "loyal", "won_back", "at_risk", "lapsed")

BEHAVIOUR = Contract(
    name="behaviour",
    grain="one customer with an order",
    purpose="profiling",
    note="How she buys, not how much of it is behind her: how long she has been silent is told by `stages`. Shares are of her orders unless another evidence is named; what no source tells is missing for everybody. No segment where there were too few customers to divide.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="segment", type="string", meaning="The behaviour segment's id, which stays from run to run.", nullable=True),
        Column(name="certainty", type="float64", meaning="The chance that she belongs there and not to another segment, if the groups are as fitted.", unit="share", nullable=True),
        Column(name="order_days", type="int64", meaning="Days with an order: how much is known of her.", unit="days"),
        Column(name="lines", type="int64", meaning="Lines bought.", unit="lines"),
        Column(name="average_order_value", type="float64", meaning="Mean net amount of an order kept.", unit="money", nullable=True),
        Column(name="lines_per_order", type="float64", meaning="Lines / orders.", unit="lines", nullable=True),
        Column(name="expected_interval_days", type="float64", meaning="From `rhythm`: her own interval, drawn to that of all as far as she has few.", unit="days", nullable=True),
        Column(name="repeat_share", type="float64", meaning="Share of her lines whose product she had bought before.", unit="share", nullable=True),
        Column(name="top_category_share", type="float64", meaning="Share of her lines in the category that she buys most.", unit="share", nullable=True),
        Column(name="top_brand_share", type="float64", meaning="Share of her lines of the brand that she buys most.", unit="share", nullable=True),
        Column(name="discount_rate", type="float64", meaning="Discount / price of what was sold.", unit="share", nullable=True),
        Column(name="return_rate", type="float64", meaning="Price of what came back / price of what was sold.", unit="share", nullable=True),
        Column(name="web_share", type="float64", meaning="Share ordered on the web; missing where no channel that is recognised is known of her.", unit="share", nullable=True),
        Column(name="app_share", type="float64", meaning="Share ordered by app.", unit="share", nullable=True),
        Column(name="store_share", type="float64", meaning="Share bought in a store.", unit="share", nullable=True),
        Column(name="phone_share", type="float64", meaning="Share ordered by telephone.", unit="share", nullable=True),
        Column(name="catalogue_share", type="float64", meaning="Share ordered from a catalogue or by post.", unit="share", nullable=True),
        Column(name="weekend_share", type="float64", meaning="Share ordered on Saturday or Sunday.", unit="share", nullable=True),
        Column(name="evening_share", type="float64", meaning="Share ordered from 18 to 24 o'clock; missing where the data tell no time.", unit="share", nullable=True),
        Column(name="morning_share", type="float64", meaning="Share ordered before 12 o'clock; missing where the data tell no time.", unit="share", nullable=True),
        Column(name="year_end_share", type="float64", meaning="Share ordered in November and December.", unit="share", nullable=True),
        Column(name="visit_days", type="float64", meaning="Days with an event (visit, click) in a month, over the last year; missing where no source tells of events.", unit="days", nullable=True),
        Column(name="visits", type="int64", meaning="Visits in the last year, from `sessions`.", unit="visits", nullable=True),
        Column(name="visit_depth", type="float64", meaning="How deep they went: mean of their `engagement`.", unit="share", nullable=True),
        Column(name="rating", type="float64", meaning="Mean of her reviews' ratings, from 1 to 5.", unit="points", nullable=True),
        Column(name="nps_score", type="float64", meaning="Her last answer to nps, from 0 to 10.", unit="points", nullable=True),
    ),
)

BEHAVIOUR_SEGMENTS = Contract(
    name="behaviour_segments",
    grain="one behaviour segment",
    purpose="analytics",
    people="customers",
    note="Their size and money stand in `segments`.",
    columns=(
        Column(name="segment", type="string", meaning="Its id: never given to another segment.", key=True),
        Column(name="title", type="string", meaning="Its name, by the two features that set it apart most, or from the settings."),
        Column(name="customers", type="int64", meaning="How many.", unit="customers"),
        Column(name="rule", type="string", meaning="A short rule for who is in it, in words."),
        Column(name="condition", type="string", meaning="The same as a condition over the columns of `behaviour`."),
        Column(name="precision", type="float64", meaning="Of those whom the rule names, the share that is in the segment; counted on customers that the rule was not learned from.", unit="share", nullable=True),
        Column(name="recall", type="float64", meaning="Of those in the segment, the share whom the rule names; counted likewise.", unit="share", nullable=True),
        Column(name="stability", type="float64", meaning="How much of it is found again when only a half of the customers is divided: mean Jaccard coefficient, from 0 to 1; .75 is stable, .6 a pattern, below it is doubtful (Hennig 2007).", unit="share"),
        Column(name="born_on", type="date", meaning="The run's day on which it was first found; none where nobody told a day.", nullable=True),
        Column(name="advice", type="string", meaning="What it is for."),
        Column(name="apart", type="string", meaning="What sets it apart: features with the segment's middle and everybody's, in words."),
    ),
)

SEGMENT_MODELS = Contract(
    name="segment_models",
    grain="one model that divides customers into segments",
    purpose="operations",
    note="What `from_json` of the model turns into the model that made the run's segments; the next run keeps their ids by it. Without rows where there were too few customers.",
    columns=(
        Column(name="name", type="string", meaning="What the model is for.", key=True, values=("behaviour",)),
        Column(name="description", type="string", meaning="The model, as JSON."),
    ),
)

STAGES = Contract(
    name="stages",
    grain="one person who is known",
    purpose="profiling",
    note="Silence is measured by her own rhythm: `at_risk_after_days` and `lapse_after_days` are multiples of the interval that is expected of her. The first stage that fits, of: prospect (no order), lapsed, at risk, won back (fewer than three orders since a silence after which she counted as lapsed), then by days with an order: first time (1), second order (2), developing (3 and more), loyal (from the setting on).",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="stage", type="string", meaning="Where she stands.", values=STAGE_NAMES),
        Column(name="since", type="date", meaning="The day from which she has stood there; none for a prospect of whom no day is known.", nullable=True),
        Column(name="order_days", type="int64", meaning="Days with an order.", unit="days"),
        Column(name="days_since_last", type="int64", meaning="From the last order to the run's day.", unit="days", nullable=True),
        Column(name="expected_interval_days", type="float64", meaning="From `rhythm`.", unit="days", nullable=True),
        Column(name="at_risk_after_days", type="float64", meaning="Silence after which she counts as at risk.", unit="days", nullable=True),
        Column(name="lapse_after_days", type="float64", meaning="Silence after which she counts as lapsed.", unit="days", nullable=True),
        Column(name="times_lapsed", type="int64", meaning="How often she has been silent for so long, and come back or not.", unit="intervals"),
    ),
)

STUCK_POINTS = Contract(
    name="stuck_points",
    grain="one number of order days, 1 to 12",
    purpose="analytics",
    people="customers",
    note="Who stops at exactly n? Counted are customers of whom it is decided: they ordered on another day, or lapsed. Who may have bought before the data begin is left out. Expected is what a chance to stop that differs between customers, and does not change for any of them, makes of the other rows (beta-geometric, Fader & Hardie 2007): the row itself is not in it.",
    columns=(
        Column(name="orders", type="int64", meaning="n: days with an order.", unit="days", key=True),
        Column(name="customers", type="int64", meaning="Customers who had n order days and of whom it is decided.", unit="customers"),
        Column(name="stopped", type="int64", meaning="Those of them who lapsed there.", unit="customers"),
        Column(name="waiting", type="int64", meaning="Customers who stand there and have not lapsed; not counted.", unit="customers"),
        Column(name="share", type="float64", meaning="stopped / customers.", unit="share"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval (Wilson).", unit="share"),
        Column(name="high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="expected", type="float64", meaning="The share that the other numbers of orders lead to expect; none where they cannot tell.", unit="share", nullable=True),
        Column(name="extra", type="float64", meaning="stopped less what is expected.", unit="customers", nullable=True),
        Column(name="p_value", type="float64", meaning="That so many stop by chance, of this test alone (one-sided).", nullable=True),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all rows, whatever hangs together (Benjamini and Yekutieli).", nullable=True),
        Column(name="found", type="boolean", meaning="Whether the q-value is at most 5 % and the share at least two points above the expected one."),
        Column(name="worth", type="float64", meaning="extra x what an order of those who stopped there brought on average: one more order of each.", unit="money", nullable=True),
    ),
)

CONTRACTS = (BEHAVIOUR, BEHAVIOUR_SEGMENTS, SEGMENT_MODELS, STAGES, STUCK_POINTS)
