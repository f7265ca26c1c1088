"""What customers said when they were asked, counted so that those who kept silent are not forgotten; and whom to ask."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract
from patron.contracts.raw_experience import KINDS

SCORE = ""
"""Stands for the choice in a row that is about a score."""

WEIGHTED_TO = ("asked", "customers")
"""Whom the weighted answers stand for: those who were asked, or, where nobody says who was, all customers."""

SEGMENT_KINDS = ("frequent_high_value", "stuck", "quiet", "inactive", "other")
"""What a segment is like, as far as it decides what to ask it."""

ANSWERS = Contract(
    name="answers",
    grain="the last answer of one customer to one question",
    purpose="profiling",
    note="Conditions name its questions as columns: `answers.why_us = 'price'`. What was written in own words is in raw_surveys alone.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="question", type="string", meaning="What was asked.", key=True),
        Column(name="kind", type="string", meaning="What the answer is.", values=KINDS),
        Column(name="score", type="float64", meaning="The answer where it is a number.", unit="points", nullable=True),
        Column(name="choice", type="string", meaning="What was chosen; several choices by the alphabet, with | between them.", nullable=True),
        Column(name="answered_on", type="date", meaning="When."),
        Column(name="survey", type="string", meaning="Of which survey.", nullable=True),
    ),
)  # fmt: skip

VOICE = Contract(
    name="voice",
    grain="one question, or one choice of it, in one segment, `all` / `all` being everybody",
    purpose="analytics",
    people="answered",
    note="The last answer of each customer within the window of the settings. Weights bring who answered to who was asked, by recency, frequency and value; whoever keeps silent for a reason that those do not tell stays unheard. Where a question was asked by invitation, answers of people who were not invited do not count.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="Which segment.", key=True),
        Column(name="question", type="string", meaning="What was asked.", key=True),
        Column(name="choice", type="string", meaning="Which choice the row gives the share of; empty for the score of the question, or its text.", key=True),
        Column(name="kind", type="string", meaning="What the answers are.", values=KINDS),
        Column(name="customers", type="int64", meaning="Customers of the segment.", unit="customers"),
        Column(name="asked", type="int64", meaning="Those who were asked; none where no source tells.", unit="customers", nullable=True),
        Column(name="answered", type="int64", meaning="Those who answered.", unit="customers"),
        Column(name="response_rate", type="float64", meaning="answered / asked.", unit="share", nullable=True),
        Column(name="score", type="float64", meaning="Weighted: of nps promoters less detractors in points from -100 to 100; of ces, csat and ratings the mean; of a choice its share; none for texts, and where nobody answered.", nullable=True),
        Column(name="score_low", type="float64", meaning="Lower end of its 95 % interval.", nullable=True),
        Column(name="score_high", type="float64", meaning="Upper end of its 95 % interval.", nullable=True),
        Column(name="unweighted", type="float64", meaning="The same of those who answered alone.", nullable=True),
        Column(name="promoters", type="float64", meaning="Weighted share of promoters; for nps.", unit="share", nullable=True),
        Column(name="detractors", type="float64", meaning="Weighted share of detractors; for nps.", unit="share", nullable=True),
        Column(name="design_effect", type="float64", meaning="By how much unequal weights multiply the variance: 1 + their squared coefficient of variation (Kish).", unit="ratio", nullable=True),
        Column(name="effective", type="float64", meaning="How many answers of equal weight tell as much; the interval is made from it.", unit="answers", nullable=True),
        Column(name="capped", type="float64", meaning="Share of the answers whose weight was cut to the largest allowed.", unit="share", nullable=True),
        Column(name="weighted_by", type="string", meaning="By which columns the segment's own answers were weighted, with commas between; empty where there were too few, so that the weights of all customers stand."),
        Column(name="weighted_to", type="string", meaning="Whom the weighted answers stand for.", values=WEIGHTED_TO),
    ),
)  # fmt: skip

SURVEY_PLAN = Contract(
    name="survey_plan",
    grain="one questionnaire for one segment, `all` / `all` being everybody",
    purpose="analytics",
    people="customers",
    note="Whom to ask next, for an interval as wide as the settings want. `patron survey invite` draws the sample.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="Which segment.", key=True),
        Column(name="questionnaire", type="string", meaning="Which questions of the question bank; made for segments that are like this.", key=True, values=SEGMENT_KINDS),
        Column(name="questions", type="string", meaning="Their names in the order in which to ask them, with commas between."),
        Column(name="customers", type="int64", meaning="Customers of the segment.", unit="customers"),
        Column(name="without_consent", type="int64", meaning="Those who may not be written to.", unit="customers"),
        Column(name="asked_lately", type="int64", meaning="Those left who were asked, or answered, so lately that they are left in peace.", unit="customers"),
        Column(name="reachable", type="int64", meaning="Those who can be asked now.", unit="customers"),
        Column(name="expected_response", type="float64", meaning="Share of invitations that is answered: the segment's own, drawn to that of all, and to one in ten where nobody knows.", unit="share"),
        Column(name="wanted", type="int64", meaning="Answers that the wanted precision takes.", unit="answers"),
        Column(name="invitations", type="int64", meaning="How many to invite.", unit="customers"),
        Column(name="expected_answers", type="int64", meaning="How many answers are to be expected of them.", unit="answers"),
        Column(name="precision", type="float64", meaning="Half of the 95 % interval of nps that they give; none where no answer is to be expected.", unit="points", nullable=True),
    ),
)  # fmt: skip

CONTRACTS = (ANSWERS, VOICE, SURVEY_PLAN)
