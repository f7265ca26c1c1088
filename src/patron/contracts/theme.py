"""What customers speak of in their own words: the themes, who speaks of them, and what is quoted."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

TEXT_SOURCES = ("reviews", "surveys", "tickets")

OTHER = "other"
"""The theme of texts that are near none."""

SAID = Contract(
    name="said",
    grain="one text",
    purpose="analytics",
    note="Not kept by a run: what `Themes` reads.",
    columns=(
        Column(name="text_id", type="string", meaning="The text: its source, a colon and the source's own id.", key=True),
        Column(name="customer_id", type="string", meaning="Who wrote it."),
        Column(name="source", type="string", meaning="Where.", values=TEXT_SOURCES),
        Column(name="said_on", type="date", meaning="On which day."),
        Column(name="rating", type="float64", meaning="The review's rating.", unit="points", nullable=True),
        Column(name="nps_score", type="float64", meaning="The answer to nps that it stands beside.", unit="points", nullable=True),
        Column(name="text", type="string", meaning="What was written.", direct=True),
    ),
)

THEME_TEXTS = Contract(
    name="theme_texts",
    grain="one text of a review, an answer or a ticket, written up to and including the run's day",
    purpose="analytics",
    note="Texts without a letter are there, too, as `other`. A quote belongs to its customer and goes with her. What names or reaches somebody is masked in it: e-mail addresses, links, numbers of three digits and more, names of customers, and every word that fewer than five customers have written. No quote of a theme that fewer than five customers speak of.",
    columns=(
        Column(name="text_id", type="string", meaning="The text: its source, a colon and the source's own id; of answers the question, too.", key=True),
        Column(name="customer_id", type="string", meaning="Who wrote it."),
        Column(name="source", type="string", meaning="Where it was written.", values=TEXT_SOURCES),
        Column(name="theme", type="string", meaning="What it is about; `other` where it is near no theme."),
        Column(name="language", type="string", meaning="In which language, by its two letters (ISO 639-1), as far as its words tell; none where it has no word.", nullable=True),
        Column(name="said_on", type="date", meaning="When."),
        Column(name="closeness", type="float64", meaning="Cosine between the text and the middle of its theme; 0 for `other`.", unit="ratio"),
        Column(name="rating", type="float64", meaning="The review's rating, from 1 to 5.", unit="points", nullable=True),
        Column(name="nps_score", type="float64", meaning="The answer to nps that it stands beside, from 0 to 10.", unit="points", nullable=True),
        Column(name="quote", type="string", meaning="The text, masked; of each theme for the three best examples alone.", nullable=True, direct=True),
    ),
)

THEME_WORDS = Contract(
    name="theme_words",
    grain="one theme",
    purpose="analytics",
    note="What a theme is, apart from who speaks of it, which `themes` tells. A language in which fewer than 60 different texts are written has no themes.",
    columns=(
        Column(name="theme", type="string", meaning="Its name: the first of its words when it was found. It stays from run to run.", key=True),
        Column(name="language", type="string", meaning="In which language, by its two letters (ISO 639-1)."),
        Column(name="words", type="string", meaning="The words that set it apart from the other themes of its language, the surest first, as they are mostly written; each was written by five customers or more, and none is a customer's name."),
        Column(name="stability", type="float64", meaning="How far two halves of the language's texts, divided each on its own, agree on its themes: adjusted Rand index, 1 is fully.", unit="ratio"),
        Column(name="x", type="float64", meaning="Where it lies on the map of themes, whose axes mean nothing: themes that are alike lie near each other."),
        Column(name="y", type="float64", meaning="Likewise."),
        Column(name="born_on", type="date", meaning="The run's day on which it was first found; none where nobody told a day.", nullable=True),
    ),
)

THEMES = Contract(
    name="themes",
    grain="one theme in one segment",
    purpose="analytics",
    people="customers",
    note="Shares are of the customers of the segment who wrote anything: who writes nothing is silent here, and is not like who writes. Somebody who speaks of two themes counts in both. The rest is everybody else who wrote.",
    columns=(
        Column(name="segmentation", type="string", meaning="Which way of dividing; `all` for everybody.", key=True),
        Column(name="segment", type="string", meaning="The segment; `all` for everybody.", key=True),
        Column(name="theme", type="string", meaning="Which theme; `other` for texts that are near none.", key=True),
        Column(name="words", type="string", meaning="Its words; none of `other`."),
        Column(name="texts", type="int64", meaning="Texts of the segment's customers about it.", unit="texts"),
        Column(name="customers", type="int64", meaning="Who wrote them.", unit="customers"),
        Column(name="writers", type="int64", meaning="Customers of the segment who wrote anything.", unit="customers"),
        Column(name="share", type="float64", meaning="customers / writers.", unit="share"),
        Column(name="share_low", type="float64", meaning="Lower end of its 95 % interval (Wilson).", unit="share"),
        Column(name="share_high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="lift", type="float64", meaning="share / the rest's share; none for everybody, and where nobody of the rest speaks of it.", unit="ratio", nullable=True),
        Column(name="lift_low", type="float64", meaning="Lower end of its 95 % interval (Katz).", unit="ratio", nullable=True),
        Column(name="lift_high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="p_value", type="float64", meaning="That the share differs so much from the rest's by chance, of this test alone (Fisher's exact test, two-sided); none for everybody.", nullable=True),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all rows but those of everybody, whatever hangs together (Benjamini and Yekutieli).", nullable=True),
        Column(name="found", type="boolean", meaning="Whether the q-value is at most 5 %."),
        Column(name="rating", type="float64", meaning="Mean rating of the reviews among the texts, from 1 to 5; none where there is none.", unit="points", nullable=True),
        Column(name="nps", type="float64", meaning="Promoters less detractors, x 100, of the answers to nps among the texts; none where there is none.", unit="points", nullable=True),
        Column(name="value", type=MONEY, meaning="Predicted value of these customers, over the horizon of `forecasts`.", unit="money", nullable=True),
        Column(name="x", type="float64", meaning="Where the theme lies on the map, as in `theme_words`; none of `other`.", nullable=True),
        Column(name="y", type="float64", meaning="Likewise.", nullable=True),
    ),
)

CUSTOMER_THEMES = Contract(
    name="customer_themes",
    grain="one customer who wrote something",
    purpose="profiling",
    note="For conditions: `themes LIKE '%late-parcel%'`. What is `other` is left out of all but the counts.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="themes", type="string", meaning="The themes of the customer's texts, by name, separated by ', '; empty where all are `other`."),
        Column(name="main_theme", type="string", meaning="The one of most of them; of several the last said.", nullable=True),
        Column(name="last_theme", type="string", meaning="The one of the last text that is about any.", nullable=True),
        Column(name="texts_written", type="int64", meaning="Texts, whatever they are about.", unit="texts"),
        Column(name="last_said_on", type="date", meaning="Day of the last text."),
    ),
)

CONTRACTS = (THEME_TEXTS, THEME_WORDS, CUSTOMER_THEMES, THEMES)
