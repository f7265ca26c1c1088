"""Learn effects of one treatment by one library: what it took, and what it said. Runs in the library's environment.

python with_response.py HOW FEATURES.npz SAID.npy
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

TREES = {"n_estimators": 100, "num_leaves": 31, "learning_rate": 0.1, "verbose": -1, "n_jobs": 1}
FOLDS = 2


def main() -> None:
    """Fit, foretell, and print the seconds as JSON."""
    how, data, said = sys.argv[1:]
    came = np.load(data)
    features, treated, outcome = came["features"], came["treated"], came["outcome"]
    learn = HOW[how](features, treated, outcome)
    wall, processor = time.perf_counter(), time.process_time()
    predict = learn()
    took = {"fit": time.perf_counter() - wall}, {"fit": time.process_time() - processor}
    np.save(said, np.asarray(predict(), dtype=np.float64).ravel())
    print(json.dumps({"wall": took[0], "processor": took[1]}))


def raw(features, treated, outcome):
    """The fits inside a doubly robust learner with known chances, each on a matrix of its own."""
    import lightgbm

    shape = {"objective": "regression", "num_leaves": 31, "learning_rate": 0.1, "verbose": -1, "num_threads": 1}
    half = np.arange(len(outcome)) % FOLDS

    def learn():
        for fold in range(FOLDS):
            for arm in (0, 1):
                rows = np.flatnonzero((half == fold) & (treated == arm))
                lightgbm.train(shape, lightgbm.Dataset(features[rows], outcome[rows]), 100)
        last = lightgbm.train(shape, lightgbm.Dataset(features, outcome * (2 * treated - 1)), 100)
        return lambda: last.predict(features)

    return learn


def patron(learner, *, estimated=False, **terms):
    """Patron, with the trees that are asked of the others, or with its own."""

    def of(features, treated, outcome):
        import pyarrow as pa

        import patron.models
        from patron.models.response_bins import Shape, lightgbm_library
        from patron.models.response_learners import Recipe

        lightgbm_library()
        table = pa.table({f"f{place}": features[:, place] for place in range(features.shape[1])})
        if not terms:
            same = Shape(trees=100, leaves=31, rate=0.1, rows_a_leaf=20, l2=0.0)
            shapes = {"recipe": Recipe(effect=same, outcome=same, folds=FOLDS), "held_out": False}
        else:
            shapes = terms
        model = patron.models.Response(learner, threads=1, **shapes)

        def learn():
            fitted = model.fit(table, treatment=treated, outcome=outcome, propensity=None if estimated else 0.5)
            return lambda: fitted.predict(table)

        return learn

    return of


def econml_dr(features, treated, outcome):
    from econml.dr import DRLearner
    from lightgbm import LGBMClassifier, LGBMRegressor

    model = DRLearner(
        model_regression=LGBMRegressor(**TREES), model_propensity=LGBMClassifier(**TREES),
        model_final=LGBMRegressor(**TREES), cv=FOLDS, random_state=1,
    )  # fmt: skip
    return lambda: (model.fit(outcome, treated, X=features), lambda: model.effect(features))[1]


def econml_x(features, treated, outcome):
    from econml.metalearners import XLearner
    from lightgbm import LGBMClassifier, LGBMRegressor

    model = XLearner(models=LGBMRegressor(**TREES), propensity_model=LGBMClassifier(**TREES))
    return lambda: (model.fit(outcome, treated, X=features), lambda: model.effect(features))[1]


def causalml(name):
    def of(features, treated, outcome):
        from causalml.inference import meta
        from lightgbm import LGBMRegressor

        learner = LGBMRegressor(**TREES)
        model = getattr(meta, name)(learner=learner)
        chance = np.full(len(outcome), 0.5)
        return lambda: (
            model.fit(X=features, treatment=treated, y=outcome, p=chance),
            lambda: model.predict(X=features, p=chance),
        )[1]

    return of


HOW = {
    "raw": raw,
    "patron_dr": patron("doubly_robust"),
    "patron_dr_estimated": patron("doubly_robust", estimated=True),
    "patron_x": patron("x"),
    "patron_ensemble": patron("ensemble", held_out=True),
    "econml_dr": econml_dr,
    "econml_x": econml_x,
    "causalml_dr": causalml("BaseDRRegressor"),
    "causalml_x": causalml("BaseXRegressor"),
}

if __name__ == "__main__":
    main()
