"""How sales answer to prices: elasticities of products, categories and segments, each with what may be said of it."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

ELASTICITY_LEVELS = ("all", "category", "product", "cross")
ELASTICITY_STATUS = ("learned", "moved_too_little", "followed_demand", "too_few")

ELASTICITIES = Contract(
    name="elasticities",
    grain="one price and the sales that it moves: of all products, a category or a product, of everybody or a segment",
    purpose="analytics",
    people="customers",
    note="Per cent by which units change for one per cent of price, within the same product, from prices that moved for reasons other than demand as far as the data show: what calendar, past demand, promotions and other prices foretell is taken out of prices and of sales first. Products are drawn to their category and categories to the shop as far as chance leaves them unknown. Where `status` is not `learned` there is no elasticity.",
    columns=(
        Column(name="level", type="string", meaning="`product`: own price; `category` and `all`: a typical product there; `cross`: another product's price.", key=True, values=ELASTICITY_LEVELS),
        Column(name="category", type="string", meaning="The category whose sales move; `all` at the level `all`.", key=True),
        Column(name="product_id", type="string", meaning="The product whose sales move; `all` above products.", key=True),
        Column(name="other_product_id", type="string", meaning="The product whose price moves: the same, but at the level `cross`; `all` above products.", key=True),
        Column(name="segmentation", type="string", meaning="By what customers are divided; `all`: not at all.", key=True),
        Column(name="segment", type="string", meaning="Whose purchases; `all`: everybody's.", key=True),
        Column(name="status", type="string", meaning="`learned`; `moved_too_little`: hardly any price change that nothing else explains; `followed_demand`: most of the changes answered to demand; `too_few`: units, weeks or products.", values=ELASTICITY_STATUS),
        Column(name="elasticity", type="float64", meaning="The best guess: drawn to the level above (of `cross`: to nought).", unit="ratio", nullable=True),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="ratio", nullable=True),
        Column(name="high", type="float64", meaning="Upper end.", unit="ratio", nullable=True),
        Column(name="raw", type="float64", meaning="From its own rows alone.", unit="ratio", nullable=True),
        Column(name="raw_error", type="float64", meaning="Standard error of that.", unit="ratio", nullable=True),
        Column(name="own_weight", type="float64", meaning="How much of `raw` is in the best guess; the rest comes from the level above.", unit="share", nullable=True),
        Column(name="naive", type="float64", meaning="What a regression of log units on log price says, rows without sales left out: for comparison only.", unit="ratio", nullable=True),
        Column(name="rows", type="int64", meaning="Rows that it was learned from.", unit="rows"),
        Column(name="units", type="float64", meaning="Units sold in them.", unit="units"),
        Column(name="products", type="int64", meaning="Products in them of which an elasticity could be learned.", unit="products"),
        Column(name="price_moves", type="int64", meaning="Price changes of one per cent and more from one row of a product to its next.", unit="times"),
        Column(name="price_spread", type="float64", meaning="Standard deviation of log prices within products and blocks of time: 0.1 is about ten per cent.", unit="ratio", nullable=True),
        Column(name="price_left", type="float64", meaning="Share of that variance that nothing else explains: what is learned from.", unit="share", nullable=True),
        Column(name="demand_followed", type="float64", meaning="Share of it that demand explains: past sales, and what the market bought where that is known.", unit="share", nullable=True),
        Column(name="followed_p", type="float64", meaning="How likely chance alone makes demand explain so much.", nullable=True),
        Column(name="customers", type="int64", meaning="Customers who bought in these rows, where the rows say.", unit="customers", nullable=True),
   ),
)

CONTRACTS = (ELASTICITIES,)
