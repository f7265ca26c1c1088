"""What each customer prefers, which products belong together, and what completes what she has."""

from __future__ import annotations

from patron.contracts.contract import MONEY, Column, Contract

AFFINITY_KINDS = ("product", "category", "brand", "brand_in_category", "own_label", "channel", "weekday", "hour")

AFFINITY = Contract(
    name="affinity",
    grain="one customer and preference: a product, category, brand, own label, order channel, weekday or hour",
    purpose="profiling",
    note="A purchase is a day on which she bought it and kept it; of own labels it is a product on a day, of channels, weekdays and hours a day with an order so. Of each customer stand at most 10 products, 5 categories, 5 brands, the leading brand in 5 categories, own labels in all and in 5 categories, 2 channels, 2 weekdays and 3 hours: the largest shrunk shares, and only what was bought on two days or leads. Brands and own labels inside a category need two purchases there. Hours only where the data tell the time of day; weekdays and hours are the project's time zone.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="kind", type="string", meaning="What is preferred.", key=True, values=AFFINITY_KINDS),
        Column(name="within", type="string", meaning="The category that a brand or own label is compared in; empty: in all that she buys.", key=True),
        Column(name="value", type="string", meaning="Which one: the product's id, the name, `own` for own labels, `monday` to `sunday`, `00` to `23`.", key=True),
        Column(name="name", type="string", meaning="What it is called, of products; else the value."),
        Column(name="place", type="int64", meaning="From 1, the largest shrunk share first, among the same customer, kind and category."),
        Column(name="purchases", type="int64", meaning="Her purchases of it.", unit="purchases"),
        Column(name="of_purchases", type="int64", meaning="Her purchases of this kind in all, inside the category where there is one.", unit="purchases"),
        Column(name="share", type="float64", meaning="purchases / of_purchases.", unit="share"),
        Column(name="shrunk", type="float64", meaning="The share, drawn to the shop's as far as her purchases are few: the best guess for the next one (Dirichlet-multinomial).", unit="share"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="shop_share", type="float64", meaning="The same share of all customers' purchases.", unit="share"),
        Column(name="lift", type="float64", meaning="shrunk / shop_share.", unit="ratio"),
        Column(name="loyalty", type="float64", meaning="From 0 to 1: the chance that her next two purchases of this kind (and category) are of the same value, whichever; the expected Herfindahl index of her shares.", unit="share"),
    ),
)

BUNDLES = Contract(
    name="bundles",
    grain="one pair or triple of products that is bought in one order more often than chance",
    purpose="analytics",
    people="customers",
    note="An association: that a joint offer would sell more is to be tried. Expected is what would be were products chosen independently, each as often as it was in that month, in orders as large as they were. A triple is held against the best of its pairs: the third product in orders as large as those with the pair. A row stands for a finding: the q-value is at most 10 % and the interval lies above 1. Told are the 1,000 pairs and 500 triples that are worth most, of the 5,000 most frequent products, in orders of at most 100 of them. `tests` says how many combinations were looked at; the q-value counts all of them.",
    columns=(
        Column(name="bundle", type="string", meaning="The products' ids, in their order, with ` + ` between.", key=True),
        Column(name="size", type="int64", meaning="2 or 3.", unit="products"),
        Column(name="product_1", type="string", meaning="The first product."),
        Column(name="product_2", type="string", meaning="The second."),
        Column(name="product_3", type="string", meaning="The third, of a triple.", nullable=True),
        Column(name="name", type="string", meaning="What they are called, with ` + ` between."),
        Column(name="orders", type="int64", meaning="Orders with all of them (support).", unit="orders"),
        Column(name="share", type="float64", meaning="orders / all orders that were looked at.", unit="share"),
        Column(name="customers", type="int64", meaning="Customers who placed these orders.", unit="customers"),
        Column(name="expected", type="float64", meaning="Orders with all of them by chance.", unit="orders"),
        Column(name="lift", type="float64", meaning="orders / expected.", unit="ratio"),
        Column(name="shrunk", type="float64", meaning="The lift, drawn to what combinations have that are as frequent: the best guess (empirical Bayes geometric mean).", unit="ratio"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval; orders of one customer count as one cluster.", unit="ratio"),
        Column(name="high", type="float64", meaning="Upper end.", unit="ratio"),
        Column(name="p_value", type="float64", meaning="That so many orders hold all of them by chance, of this test alone."),
        Column(name="q_value", type="float64", meaning="The least false discovery rate at which it is a finding, over all combinations, whatever hangs together (Benjamini and Yekutieli)."),
        Column(name="tests", type="int64", meaning="Combinations of that size that were looked at.", unit="rows"),
        Column(name="basis", type="string", meaning="What `amount_per_order` is: margin where the costs of all its products are known, else revenue.", values=("margin", "revenue")),
        Column(name="amount_per_order", type=MONEY, meaning="Mean margin (or revenue) of its products in these orders, net of discounts and returns.", unit="money"),
        Column(name="extra_orders", type="float64", meaning="orders x (1 - 1 / shrunk): those that chance does not explain.", unit="orders"),
        Column(name="extra_amount", type=MONEY, meaning="extra_orders x amount_per_order: what belonging together is worth so far.", unit="money"),
        Column(name="sentence", type="string", meaning="The same in words."),
    ),
)

COMPLETIONS = Contract(
    name="completions",
    grain="one customer and product that completes a bundle of which she has the rest",
    purpose="marketing",
    note="At most 5 of a customer, the most money first. Products that she has bought already are left out.",
    columns=(
        Column(name="customer_id", type="string", meaning="Who.", key=True),
        Column(name="product_id", type="string", meaning="What she does not have.", key=True),
        Column(name="product_name", type="string", meaning="What it is called."),
        Column(name="rank", type="int64", meaning="From 1, the largest value first."),
        Column(name="bundle", type="string", meaning="The bundle that it completes, as in `bundles`; the best one where there are several."),
        Column(name="share", type="float64", meaning="Of the orders with the rest of the bundle, how many hold it too.", unit="share"),
        Column(name="lift", type="float64", meaning="The bundle's shrunk lift.", unit="ratio"),
        Column(name="basis", type="string", meaning="What `amount` is.", values=("margin", "revenue")),
        Column(name="amount", type=MONEY, meaning="Mean margin (or revenue) of the product in an order that holds it.", unit="money"),
        Column(name="value", type="float64", meaning="share x amount: by which they are ranked.", unit="money"),
        Column(name="reason", type="string", meaning="Why, in words."),
    ),
)

CONTRACTS = (AFFINITY, BUNDLES, COMPLETIONS)
