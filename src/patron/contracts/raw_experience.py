"""What customers say of a shop and how they stand with it: reviews, surveys, referrals, loyalty; and what its market does.

Told once, on a day: what was said, or how it stood, later is not there. Somebody who was recommended is known from the
day of the first order on.
"""

from __future__ import annotations

from patron.contracts.contract import MOMENT, PRICE, Column, Contract

MOST_STARS = 5.0
"""The most that a review gives; the least is 1."""

QUESTIONS = ("nps", "ces", "csat")
"""How likely would you recommend us; how easy was it; how content were you?"""

KINDS = (*QUESTIONS, "rating", "choice", "text")
"""What an answer can be: one of the three scores, points on a scale of one's own, choices from a list, own words."""

SCORED = KINDS[:4]
"""The kinds whose answer is a number."""

BETWEEN_CHOICES = "|"
"""Stands between the choices of one answer, which are in the order of the alphabet."""

LEAST_POINTS = {"nps": 0.0, "ces": 1.0, "csat": 1.0}
MOST_POINTS = {"nps": 10.0, "ces": 7.0, "csat": 5.0}
"""The ends of each question's usual scale; more is better, of ces that it was easier (CES 2.0)."""

FIELDS: dict[str, tuple[Column, ...]] = {
    "reviews": (
        Column(name="review_id", type="string", meaning="The review, by the source's own id; of several rows the last one counts.", nullable=True),
        Column(name="customer_id", type="string", meaning="Who wrote it, by the source's own id; where there is none, order_id tells.", nullable=True),
        Column(name="order_id", type="string", meaning="Which order it is about; it tells who wrote the review where there is no customer_id.", nullable=True),
        Column(name="product_id", type="string", meaning="Which product it is about.", nullable=True),
        Column(name="rating", type="float64", meaning="From 1 to 5, more is better.", unit="points"),
        Column(name="reviewed_at", type=MOMENT, meaning="When it was written, in the project's time zone."),
        Column(name="text", type="string", meaning="What was written: personal data, for it may name people.", nullable=True, direct=True),
    ),
    "surveys": (
        Column(name="survey_id", type="string", meaning="The answer, by the source's own id; of several rows the last one counts.", nullable=True),
        Column(name="customer_id", type="string", meaning="Who answered, by the source's own id; where there is none, invitation_id tells.", nullable=True),
        Column(name="question", type="string", meaning="What was asked: nps (would you recommend us), ces (was it easy), csat (how content were you), or a name of your own."),
        Column(name="kind", type="string", meaning="What the answer is: nps, ces, csat, rating (points on a scale of your own), choice or text. By default what the question's name and the columns filled in tell.", nullable=True),
        Column(name="score", type="float64", meaning="The answer: nps from 0 to 10, ces from 1 to 7, csat from 1 to 5, or up to scale; more is better.", unit="points", nullable=True),
        Column(name="scale", type="float64", meaning="The best possible answer, where it is not the usual one.", unit="points", nullable=True),
        Column(name="choice", type="string", meaning="What was chosen from a list; several choices with | or ; between them.", nullable=True),
        Column(name="answered_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="channel", type="string", meaning="How it was asked: email, web, app, phone, store.", nullable=True),
        Column(name="text", type="string", meaning="What was written, alone or beside a score: personal data, for it may name people.", nullable=True, direct=True),
        Column(name="invitation_id", type="string", meaning="The invitation that was answered, by the id that the source `invitations` has.", nullable=True),
        Column(name="survey", type="string", meaning="Of which survey; by default that of the invitation.", nullable=True),
    ),
    "referrals": (
        Column(name="referral_id", type="string", meaning="The referral, by the source's own id; of several rows the last one counts.", nullable=True),
        Column(name="customer_id", type="string", meaning="Who recommended the shop, by the source's own id."),
        Column(name="referred_on", type="date", meaning="When."),
        Column(name="channel", type="string", meaning="How: link, code, card.", nullable=True),
        Column(name="referred_id", type="string", meaning="Who was recommended, by the source's own id of a customer; none before.", nullable=True),
        Column(name="converted_on", type="date", meaning="The day on which that person became a customer; none before.", nullable=True),
    ),
    "loyalty": (
        Column(name="customer_id", type="string", meaning="Who, by the source's own id."),
        Column(name="dated", type="date", meaning="As of which day."),
        Column(name="tier", type="string", meaning="The tier of the programme on that day.", nullable=True),
        Column(name="points", type="float64", meaning="The points held on that day.", unit="points", nullable=True),
    ),
    "market": (
        Column(name="day", type="date", meaning="When."),
        Column(name="competitor", type="string", meaning="Whose price it is; none for an index, and for the shop's own price.", nullable=True),
        Column(name="product_id", type="string", meaning="For which product of ours, by the id that order lines have; with price.", nullable=True),
        Column(name="category", type="string", meaning="For which category; with category_index.", nullable=True),
        Column(name="price", type=PRICE, meaning="What the competitor asks, in the project's currency; without a competitor what the shop itself asks of everybody, from that day on. Without it a price is known only where somebody bought.", unit="money", nullable=True),
        Column(name="category_index", type="float64", meaning="How much the whole market buys of the category, against a base that the source chose.", unit="ratio", nullable=True),
    ),
    "invitations": (
        Column(name="invitation_id", type="string", meaning="The invitation, by the source's own id; of several rows the last one counts.", nullable=True),
        Column(name="customer_id", type="string", meaning="Who was asked, by the source's own id."),
        Column(name="asked_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="survey", type="string", meaning="To which survey.", nullable=True),
        Column(name="channel", type="string", meaning="By which way: email, sms, push, phone, post, web.", nullable=True),
    ),
}  # fmt: skip

_CUSTOMER = "by the source's own id; `links` leads to the customer."

RAW_REVIEWS = Contract(
    name="raw_reviews",
    grain="one review, written up to and including the run's day",
    purpose="analytics",
    columns=(
        Column(name="review_id", type="string", meaning="The review; file and row where it has no id of its own.", key=True),
        Column(name="customer_id", type="string", meaning=f"Who wrote it, {_CUSTOMER} Where the source names the order alone, who ordered it.", nullable=True),
        Column(name="order_id", type="string", meaning="Which order it is about.", nullable=True),
        Column(name="product_id", type="string", meaning="Which product it is about.", nullable=True),
        Column(name="rating", type="float64", meaning="From 1 to 5, more is better.", unit="points"),
        Column(name="reviewed_at", type=MOMENT, meaning="When it was written, in the project's time zone."),
        Column(name="text", type="string", meaning="What was written.", nullable=True, direct=True),
    ),
)

RAW_SURVEYS = Contract(
    name="raw_surveys",
    grain="one answer to one question, given up to and including the run's day",
    purpose="analytics",
    note="`score` on the usual scale of its kind: nps from 0 to 10, ces from 1 to 7, csat from 1 to 5; what came on another scale is brought to it. A rating stays on its own scale.",
    columns=(
        Column(name="survey_id", type="string", meaning="The answer; file and row where it has no id of its own.", key=True),
        Column(name="customer_id", type="string", meaning=f"Who answered, {_CUSTOMER} Where the source names the invitation alone, who was invited."),
        Column(name="question", type="string", meaning="What was asked: nps, ces, csat, or a name of the shop's own, in small letters.", key=True),
        Column(name="kind", type="string", meaning="What the answer is.", values=KINDS),
        Column(name="score", type="float64", meaning="The answer where it is a number; more is better.", unit="points", nullable=True),
        Column(name="scale", type="float64", meaning="The best answer that was possible, as it was asked.", unit="points", nullable=True),
        Column(name="choice", type="string", meaning="What was chosen; several choices by the alphabet, with | between them.", nullable=True),
        Column(name="answered_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="channel", type="string", meaning="How it was asked.", nullable=True),
        Column(name="text", type="string", meaning="What was written.", nullable=True, direct=True),
        Column(name="invitation_id", type="string", meaning="The invitation that was answered.", nullable=True),
        Column(name="survey", type="string", meaning="Of which survey.", nullable=True),
    ),
)

RAW_INVITATIONS = Contract(
    name="raw_invitations",
    grain="one invitation to a survey, sent up to and including the run's day",
    purpose="analytics",
    note="Who was asked, whether or not an answer came.",
    columns=(
        Column(name="invitation_id", type="string", meaning="The invitation; file and row where it has no id of its own.", key=True),
        Column(name="customer_id", type="string", meaning=f"Who was asked, {_CUSTOMER}"),
        Column(name="asked_at", type=MOMENT, meaning="When, in the project's time zone."),
        Column(name="survey", type="string", meaning="To which survey.", nullable=True),
        Column(name="channel", type="string", meaning="By which way.", nullable=True),
    ),
)

RAW_REFERRALS = Contract(
    name="raw_referrals",
    grain="one referral, made up to and including the run's day",
    purpose="analytics",
    note="As it stood on the run's day: who became a customer later is not known here. A row is about two people, and goes with either of them.",
    columns=(
        Column(name="referral_id", type="string", meaning="The referral; file and row where it has no id of its own.", key=True),
        Column(name="customer_id", type="string", meaning=f"Who recommended the shop, {_CUSTOMER}"),
        Column(name="referred_on", type="date", meaning="When."),
        Column(name="channel", type="string", meaning="How.", nullable=True),
        Column(name="referred_id", type="string", meaning="Who was recommended, by the source's own id; none before that person is a customer.", nullable=True),
        Column(name="converted_on", type="date", meaning="The day on which that person became a customer; none before.", nullable=True),
    ),
)

RAW_LOYALTY = Contract(
    name="raw_loyalty",
    grain="how one customer record stood in the loyalty programme on one day",
    purpose="analytics",
    columns=(
        Column(name="customer_id", type="string", meaning=f"Who, {_CUSTOMER}", key=True),
        Column(name="dated", type="date", meaning="As of which day.", key=True),
        Column(name="tier", type="string", meaning="The tier of the programme.", nullable=True),
        Column(name="points", type="float64", meaning="The points held.", unit="points", nullable=True),
    ),
)

RAW_MARKET = Contract(
    name="raw_market",
    grain="one competitor's price of one product, or the shop's own, or the index of one category, on one day",
    purpose="analytics",
    note="About the shop's market; no person is in it.",
    columns=(
        Column(name="day", type="date", meaning="When.", key=True),
        Column(name="series", type="string", meaning="What the row is about: `price`, competitor and product, or `index` and category, with a bar between.", key=True),
        Column(name="competitor", type="string", meaning="Whose price it is; none for the shop's own, and for an index.", nullable=True),
        Column(name="product_id", type="string", meaning="For which product of ours.", nullable=True),
        Column(name="category", type="string", meaning="For which category.", nullable=True),
        Column(name="price", type=PRICE, meaning="What is asked.", unit="money", nullable=True),
        Column(name="category_index", type="float64", meaning="How much the whole market buys of the category, against the source's base.", unit="ratio", nullable=True),
    ),
)

CONTRACTS = (RAW_REVIEWS, RAW_SURVEYS, RAW_REFERRALS, RAW_LOYALTY, RAW_MARKET, RAW_INVITATIONS)
