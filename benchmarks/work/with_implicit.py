"""The work as the library implicit does it: neighbours of products by cosine, and ten products for each customer.

python with_implicit.py next_product FILE FOLLOWING
"""

from __future__ import annotations

import sys

from laps import Laps

THREADS, NEIGHBOURS, K = 2, 20, 10


def next_product(laps: Laps, file: str, following: str) -> None:
    """Order lines to ten products for each customer; what was bought before may come again."""
    with laps.lap("import"):
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq
        from implicit.nearest_neighbours import CosineRecommender
        from scipy import sparse
    lines = pq.read_table(file)
    with laps.lap("fit"):
        who, what = (lines[name].combine_chunks().dictionary_encode() for name in ("customer_id", "product_id"))
        places = who.indices.to_numpy(), what.indices.to_numpy()
        bought = sparse.csr_matrix(sparse.coo_matrix((np.ones(len(lines), dtype=np.float32), places)))
        model = CosineRecommender(K=NEIGHBOURS, num_threads=THREADS)
        model.fit(bought, show_progress=False)
    with laps.lap("recommend"):
        found, _ = model.recommend(np.arange(bought.shape[0]), bought, N=K, filter_already_liked_items=False)
        table = pa.table({
            "customer_id": who.dictionary.take(pa.array(np.repeat(np.arange(bought.shape[0]), K))),
            "product_id": what.dictionary.take(pa.array(found.ravel())),
        })  # fmt: skip
    after = pq.read_table(following)
    hits = table.join(after, ["customer_id", "product_id"], join_type="inner")
    laps.facts |= {"hit_rate": hits.num_rows / after.num_rows}


if __name__ == "__main__":
    laps = Laps()
    next_product(laps, *sys.argv[2:])
    laps.tell()
