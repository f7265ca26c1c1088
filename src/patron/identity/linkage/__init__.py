"""Records that are probably one person, found by probabilistic linkage."""

from patron.identity.linkage.explain_pair import Explanation, Weight, explain_pair
from patron.identity.linkage.linkage import Linkage, linkage
from patron.identity.linkage.model import Model

__all__ = ["Explanation", "Linkage", "Model", "Weight", "explain_pair", "linkage"]
