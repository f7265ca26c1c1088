"""What the shop sells: categories, brands, products, prices and costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.types import TYPES

SHELF_STAY = 91  # days a price stands at least
OWN_LABELS = ("Hearth", "Hearth Select")  # plain and fine; on the shelves of every category


@dataclass(frozen=True, kw_only=True)
class Category:
    """One shelf: what stands on it and what is earned with it."""

    name: str
    products: int
    price: float  # median
    spread: float  # of the log price
    margin: float  # share of the price before discount
    cycle_days: int = 0  # how long one unit lasts; 0 is no consumable
    returned: float = 1.0  # times the customer's own share of lines sent back
    christmas: float = 1.0  # times its weight in November and December
    summer: float = 1.0  # times its weight from May to August
    brands: tuple[str, ...]
    things: tuple[str, ...]


CATEGORIES: tuple[Category, ...] = (
    Category(
        name="Coffee and tea", products=36, price=11, spread=0.45, margin=0.42, cycle_days=28, returned=0.1,
        brands=("Marlowe", "Teahill", "Northbean", "Leaf & Kettle"),
        things=("Espresso beans", "Filter coffee", "Green tea", "Earl Grey", "Decaf", "Chai", "Cocoa"),
    ),
    Category(
        name="Pantry", products=48, price=5.5, spread=0.5, margin=0.28, cycle_days=18, returned=0.05, christmas=1.2,
        brands=("Oliva", "Granary", "Bellamy"),
        things=("Olive oil", "Pasta", "Honey", "Muesli", "Chocolate", "Crackers", "Rice", "Tomato sauce", "Nuts"),
    ),
    Category(
        name="Pet care", products=28, price=19, spread=0.5, margin=0.33, cycle_days=32, returned=0.2,
        brands=("Wagtail", "Purrfield", "Barkwell"),
        things=("Dry dog food", "Cat food", "Cat litter", "Dog treats", "Cat treats"),
    ),
    Category(
        name="Baby care", products=26, price=14, spread=0.4, margin=0.24, cycle_days=21, returned=0.2,
        brands=("Tiny Oak", "Lullaby", "Softstep"),
        things=("Nappies", "Wipes", "Baby food", "Bath oil", "Milk powder"),
    ),
    Category(
        name="Beauty", products=44, price=17, spread=0.6, margin=0.55, cycle_days=60, returned=0.4, christmas=1.4,
        brands=("Clara Voss", "Saltwater", "Heath & Herb", "Nuit"),
        things=("Face cream", "Shampoo", "Serum", "Hand cream", "Shower gel", "Perfume", "Lip balm", "Sun cream"),
    ),
    Category(
        name="Cleaning", products=26, price=6, spread=0.4, margin=0.35, cycle_days=42, returned=0.05,
        brands=("Brightside", "Cleanfolk"),
        things=("Washing powder", "Dish tabs", "Glass cleaner", "Sponges", "Softener"),
    ),
    Category(
        name="Kitchen", products=40, price=27, spread=0.7, margin=0.45, returned=0.8, christmas=1.4,
        brands=("Ironwood", "Copper Lane", "Stellan"),
        things=("Frying pan", "Chef's knife", "Mug", "Bowl", "Coffee press", "Cutting board", "Storage jar", "Kettle"),
    ),
    Category(
        name="Home", products=44, price=23, spread=0.65, margin=0.50, returned=0.9, christmas=1.6,
        brands=("Lindqvist", "Moss & Clay", "Halden"),
        things=("Scented candle", "Cushion", "Throw", "Vase", "Picture frame", "Table lamp", "Lantern", "Rug"),
    ),
    Category(
        name="Toys", products=32, price=19, spread=0.55, margin=0.40, returned=0.6, christmas=3.0,
        brands=("Pico", "Woodling", "Kitefolk"),
        things=("Puzzle", "Building blocks", "Board game", "Soft bear", "Train set", "Paint box"),
    ),
    Category(
        name="Garden", products=28, price=18, spread=0.65, margin=0.43, returned=0.5, christmas=0.3, summer=3.0,
        brands=("Fernhill", "Spade & Sons"),
        things=("Seeds", "Planter", "Watering can", "Pruner", "Potting soil", "Bird feeder"),
    ),
    Category(
        name="Clothing", products=40, price=34, spread=0.5, margin=0.52, returned=2.2, christmas=1.2,
        brands=("Ardent", "Wren", "Fjordline", "Maison Petit"),
        things=("T-shirt", "Jumper", "Scarf", "Rain jacket", "Socks", "Dress", "Shirt", "Cap"),
    ),
    Category(
        name="Office", products=26, price=9, spread=0.6, margin=0.36, cycle_days=50, returned=0.2, christmas=0.8,
        brands=("Inkwell", "Plainsheet"),
        things=("Copy paper", "Notebook", "Toner", "Gel pens", "Folder", "Printer labels"),
    ),
)  # fmt: skip

NAMES = tuple(category.name for category in CATEGORIES)
BRANDS = tuple(dict.fromkeys((*OWN_LABELS, *(brand for category in CATEGORIES for brand in category.brands))))


@dataclass(frozen=True, kw_only=True, eq=False)
class Catalogue:
    """The products as arrays, sorted by category; money in cents."""

    name: tuple[str, ...]
    category: NDArray[np.int64]
    brand: NDArray[np.int64]
    cost: NDArray[np.int64]
    price: NDArray[np.int64]  # shape (products, stays), see `price_on`
    by_category: NDArray[np.float64]  # see _ladder
    by_brand: NDArray[np.float64]
    brand_order: NDArray[np.int64]  # the products in the order of `by_brand`
    stay: int = SHELF_STAY  # days for which a price stands
    begun: int = 0  # days for which the first ones stood before the shop's first day

    def price_on(self, product: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what one unit of each product costs on each day, in cents."""
        return np.asarray(self.price[product, (day + self.begun) // self.stay])

    def pick(
        self, kind: NDArray[np.int64], category: NDArray[np.int64], chance: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Turn uniform chances into products of the given categories, as types of customer like them."""
        rung = np.searchsorted(self.by_category, kind * len(CATEGORIES) + category + chance, side="right")
        return np.asarray(np.minimum(rung, len(self.by_category) - 1) % len(self.category))

    def pick_of_brand(
        self, kind: NDArray[np.int64], brand: NDArray[np.int64], chance: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Turn uniform chances into products of the given brands, as types of customer like them."""
        rung = np.searchsorted(self.by_brand, kind * len(BRANDS) + brand + chance, side="right")
        return np.asarray(self.brand_order[np.minimum(rung, len(self.by_brand) - 1) % len(self.category)])


def catalogue(rng: np.random.Generator, *, calendar: Calendar) -> Catalogue:
    """Draw the shop's products: about 400 on twelve shelves.

    Popularity falls by Zipf's law inside a category; the own labels are cheap and fine versions of the same things.
    """
    category = np.repeat(np.arange(len(CATEGORIES)), [shelf.products for shelf in CATEGORIES])
    brand = np.concatenate([_brands_of(rng, shelf) for shelf in CATEGORIES])
    level = rng.normal(0, 1, len(category)) + np.select([brand == 0, brand == 1], [-0.8, 0.6], 0.0)
    median, spread, margin = (np.array([getattr(shelf, field) for shelf in CATEGORIES])[category]
                              for field in ("price", "spread", "margin"))  # fmt: skip
    price = median * np.exp(spread * level)
    own = np.where(brand < len(OWN_LABELS), 0.06, 0.0)
    earned = np.clip(margin + own + rng.normal(0, 0.05, len(category)), 0.08, 0.75)
    like = _likes(rng, category, level)
    by_brand = np.argsort(brand, kind="stable")
    return Catalogue(
        name=_names(category, brand),
        category=category,
        brand=brand,
        cost=np.maximum(np.rint(price * (1 - earned) * 100).astype(np.int64), 1),
        price=_prices(rng, price, quarters=calendar.total // SHELF_STAY + 1),
        by_category=_ladder(like, category, groups=len(CATEGORIES)),
        by_brand=_ladder(like[:, by_brand], brand[by_brand], groups=len(BRANDS)),
        brand_order=by_brand,
    )


def _brands_of(rng: np.random.Generator, shelf: Category) -> NDArray[np.int64]:
    """Give each product of a shelf a brand; each brand stands there at least once."""
    here = np.array([BRANDS.index(brand) for brand in (*OWN_LABELS, *shelf.brands)])
    return np.concatenate([here, rng.choice(here, shelf.products - len(here))])


def _likes(rng: np.random.Generator, category: NDArray[np.int64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each type likes each product, shape (types, products)."""
    rank = np.concatenate([rng.permutation(shelf.products) for shelf in CATEGORIES])
    taste = np.array([kind.taste for kind in TYPES])
    own = rng.lognormal(0, 0.5, (len(TYPES), len(category)))  # types differ in more than price
    return np.asarray(own * (rank + 2.0) ** -0.9 * np.exp(0.9 * taste[:, None] * level))


def _ladder(like: NDArray[np.float64], group: NDArray[np.int64], *, groups: int) -> NDArray[np.float64]:
    """Lay the cumulative chances of all (type, group) pairs end to end, one unit of length each.

    A product of group g for type k is then found at the height ``k * groups + g + u`` with u uniform: one sorted
    search serves every line of every customer. Groups without a product cannot be asked for.
    """
    rungs = []
    for row in like:
        total = np.bincount(group, row, groups)
        within = np.cumsum(row / total[group]) - (np.cumsum(total > 0) - 1)[group]
        rungs.append(group + np.clip(within, 0, 1))
    return np.asarray((np.arange(len(like))[:, None] * groups + np.stack(rungs)).ravel())


def _prices(rng: np.random.Generator, price: NDArray[np.float64], *, quarters: int) -> NDArray[np.int64]:
    """Price by quarter: steady for most of the time, then a step, mostly up; shape (products, quarters), in cents."""
    moves = rng.random((len(price), quarters)) < 0.15
    steps = np.where(moves, rng.normal(0.02, 0.04, moves.shape), 0.0)
    steps[:, 0] = 0.0
    raw = price[:, None] * np.exp(np.cumsum(steps, axis=1))
    step = np.where(raw < 10, 0.1, np.where(raw < 30, 0.5, 1.0))
    cents = np.rint((np.rint(raw / step) * step - 0.01) * 100)
    return np.asarray(np.maximum(cents, 49).astype(np.int64))


def _names(category: NDArray[np.int64], brand: NDArray[np.int64]) -> tuple[str, ...]:
    """Name the products; the same thing of the same brand comes as No. 2, No. 3."""
    seen: dict[str, int] = {}
    names = []
    turn = np.zeros(len(CATEGORIES), np.int64)
    for shelf, maker in zip(category.tolist(), brand.tolist(), strict=True):
        things = CATEGORIES[shelf].things
        plain = f"{BRANDS[maker]} {things[turn[shelf] % len(things)]}"
        turn[shelf] += 1
        seen[plain] = seen.get(plain, 0) + 1
        names.append(plain if seen[plain] == 1 else f"{plain} No. {seen[plain]}")
    return tuple(names)
