"""Which variant of a message works, how much of what it can bring is already had, and when is it enough?"""

from __future__ import annotations

from patron.decisions.learning.learner import FLOOR, VariantLearner
from patron.decisions.learning.learning_status import LearningStatus
from patron.decisions.learning.option_prior import OptionPrior
from patron.decisions.learning.with_variants import variant_among, with_variants

__all__ = ["FLOOR", "LearningStatus", "OptionPrior", "VariantLearner", "variant_among", "with_variants"]
