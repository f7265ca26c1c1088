"""Who the people of a segment are, what moves them, and what each department does about it."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

IDEAL = "ideal"
"""How the ideal customers are called as a segmentation; its one segment is called so, too."""

KINDS = (
    "demographics", "psychographics", "channels", "categories", "brands", "discounts", "timing", "returning", "next",
    "experience", "other",
)  # fmt: skip
"""What an attribute is about, in the order in which a person is described."""

PARTS = (
    "who", "goal", "emotion", "behaviour", "pain", "quote", "channels", "message", "targeting", "products", "service",
)  # fmt: skip
"""The parts of a persona: the person, then the brief."""

BASES = ("gap", "sent_back", "at_stake")
"""What the value of a pain is: by how much less is predicted of those who have it; what they sent back; what a step loses."""

DEPARTMENTS = ("sales_service", "ecommerce", "merchandising")
ACTS = ("do", "dont")
SILENT = "silent"
"""The statement of a part of which the data say nothing."""

PORTRAITS = Contract(
    name="portraits",
    grain="one value of one attribute in one segment",
    purpose="analytics",
    people="people",
    note="Who is compared: the customers of the segment of whom the attribute is known, and all other customers of whom it is known. Told are values that at least as many customers of the segment have as the smallest cell holds; tested was every value that 20 customers have, in segments of which it is known of 20 customers and of 20 others. An association: what sets people apart need not be why they are in the segment.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing; `ideal`: the best customers by predicted value, or those whom the settings name.", key=True),
        Column(name="segment", type="string", meaning="The segment's stable name.", key=True),
        Column(name="attribute", type="string", meaning="What is told of a person; of attributes from elsewhere `trait:` and their name.", key=True),
        Column(name="value", type="string", meaning="Its value; of numbers the quarter in which it lies.", key=True),
        Column(name="kind", type="string", meaning="What the attribute is about.", values=KINDS),
        Column(name="people", type="int64", meaning="Customers of the segment who have the value.", unit="customers"),
        Column(name="known", type="int64", meaning="Customers of the segment of whom the attribute is known.", unit="customers"),
        Column(name="share", type="float64", meaning="people / known.", unit="share"),
        Column(name="others", type="int64", meaning="Other customers who have the value.", unit="customers"),
        Column(name="others_known", type="int64", meaning="Other customers of whom the attribute is known.", unit="customers"),
        Column(name="share_others", type="float64", meaning="others / others_known.", unit="share"),
        Column(name="lift", type="float64", meaning="share / share_others; none where no other customer has it.", unit="ratio", nullable=True),
        Column(name="lift_low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio"),
        Column(name="lift_high", type="float64", meaning="Upper end; none where no other customer has it.", unit="ratio", nullable=True),
        Column(name="p_value", type="float64", meaning="That the shares differ so much by chance (Fisher's test, mid-p, two-sided), of this test alone."),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all tests of the segmentation, whatever hangs together (Benjamini and Yekutieli)."),
        Column(name="defines", type="boolean", meaning="Whether the segment is made by this attribute: then the difference is no discovery, and its q-value says nothing."),
        Column(name="found", type="boolean", meaning="Whether the q-value is at most 5 % and the interval of the lift leaves out 1."),
        Column(name="rank", type="int64", meaning="From 1 in each segment: what is found stands first, then by how far it sets the segment apart for certain."),
    ),
)

PERSONAS = Contract(
    name="personas",
    grain="one statement about the people of one segment",
    purpose="analytics",
    people="people",
    note="The sentence is said by the catalogue, from these facts. `silent`: nothing tells of this part, in this segment. `apart`: found in `portraits`. `common`: true of most of them who have been asked, and not shown to be otherwise for other customers. Emotions come from surveys, reviews and their themes alone. A quote is the words of one customer, and stands in `theme_texts` only.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="The segment's stable name.", key=True),
        Column(name="part", type="string", meaning="The part of the persona.", key=True, values=PARTS),
        Column(name="rank", type="int64", meaning="From 1 in each part; of pains by value lost, those of no known value last.", key=True),
        Column(name="statement", type="string", meaning="What is said: `silent`, `apart`, `common`, or the name of a pain, an emotion or an advice."),
        Column(name="attribute", type="string", meaning="What it is said by: an attribute of `portraits`, `theme`, `step` or a pain's kind; none where silent.", nullable=True),
        Column(name="item", type="string", meaning="Its value: a category, a theme, a step of the journey.", nullable=True),
        Column(name="text_id", type="string", meaning="Of a quote, whose words: a text of `theme_texts`.", nullable=True),
        Column(name="people", type="int64", meaning="Customers of the segment behind it; 0 where silent.", unit="customers"),
        Column(name="of", type="int64", meaning="Of how many of whom it is known; 0 where silent.", unit="customers"),
        Column(name="share", type="float64", meaning="people / of.", unit="share", nullable=True),
        Column(name="share_others", type="float64", meaning="The same share of other customers.", unit="share", nullable=True),
        Column(name="lift", type="float64", meaning="share / share_others.", unit="ratio", nullable=True),
        Column(name="value", type=MONEY, meaning="Of a pain, what is lost by it.", unit="money", nullable=True),
        Column(name="value_low", type=MONEY, meaning="Lower end of its 95 % interval, where it is an estimate.", unit="money", nullable=True),
        Column(name="basis", type="string", meaning="Which value it is: `gap`, less predicted than of members alike without the pain; `sent_back`, goods that came back; `at_stake`, what a step of the journey loses.", nullable=True, values=BASES),
    ),
)

DEPARTMENT_CARDS = Contract(
    name="department_cards",
    grain="one thing that a department should do, or not do, for one segment",
    purpose="analytics",
    people="people",
    note="Each line follows from a finding in `portraits` or a pain in `personas`; no line follows from what tells nobody apart. `silent`: nothing was found that this department could act on. Advice is a rule of the trade, not a measured effect: a trigger with a hold-out measures it.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing.", key=True),
        Column(name="segment", type="string", meaning="The segment's stable name.", key=True),
        Column(name="department", type="string", meaning="Who: sales and service, e-commerce, merchandising.", key=True, values=DEPARTMENTS),
        Column(name="rank", type="int64", meaning="From 1 in each card.", key=True),
        Column(name="act", type="string", meaning="Whether to do it or not.", values=ACTS),
        Column(name="statement", type="string", meaning="What is said, by its name in the catalogue; `silent` where there is nothing."),
        Column(name="attribute", type="string", meaning="The evidence: an attribute of `portraits`, or a pain's kind.", nullable=True),
        Column(name="item", type="string", meaning="Its value.", nullable=True),
        Column(name="people", type="int64", meaning="Customers of the segment behind it; 0 where silent.", unit="customers"),
        Column(name="of", type="int64", meaning="Of how many of whom it is known; 0 where silent.", unit="customers"),
        Column(name="share", type="float64", meaning="people / of.", unit="share", nullable=True),
        Column(name="share_others", type="float64", meaning="The same share of other customers.", unit="share", nullable=True),
        Column(name="lift", type="float64", meaning="share / share_others.", unit="ratio", nullable=True),
        Column(name="value", type=MONEY, meaning="What is lost by a pain that it answers.", unit="money", nullable=True),
    ),
)

CONTRACTS = (PORTRAITS, PERSONAS, DEPARTMENT_CARDS)
