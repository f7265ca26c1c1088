"""What is each figure called, what does it mean, and how is it computed?

The registry: each metric is defined here once, as numerator / denominator over base columns that can be added up over
customers. A segment, the total and any other group of customers therefore share one definition. Nobody else divides.

Base columns, one row per group and month (`kpis.monthly` makes them):

================== =========================================================================
customers          with a first order up to the end of the month
active             with an order in the month
active_before      with an order in the month before; none in the first month
retained           with an order in the month and in the month before
new                with their first order in the month
returning          with an order in the month and one in an earlier month
lapsed             silences that grew longer than the customer's own `lapse_after_days` in the month
won_back           first orders after such a silence
standing_before    customers who had not lapsed when the month began; none in the first month
orders             orders in the month
order_amount       net amount of those orders
gross_revenue      price of what was sold, before discount and returns
returns            price of what came back: of sales in the month, and in the month without a known sale
net_revenue        gross_revenue - discount - returns
margin             net_revenue less the costs that are known: of the goods kept, and of handling
costed_revenue     net_revenue, where the cost of goods is known; it is for the whole shop, or not at all
margin_to_date     margin of this month and all before
predicted_value    sum of the forecasts; only in the month of the run's day
forecasts          how many of them
nps_answers        customers who answered nps in the month, each by the last answer of the month
nps_points         100 for each of them who is a promoter, -100 for each detractor
effort_answers     the same of ces, from 1 to 7
effort_points      the sum of these answers
satisfaction_answers  the same of csat, from 1 to 5
satisfied          those of them who gave at least 4
visits             visits begun in the month; in total also those of nobody known
visits_told        those of which the data can tell whether they have an order
visits_ordered     those that have one
visit_depth        sum of the visits' engagement: the share of all visits that went less deep
visitors           known customers with a visit
messages_sent ...  what came of the messages sent in the month, as `profile.message_facts` counts it
messaged           customers to whom one arrived
================== =========================================================================

The last rows are there only where a source tells of surveys, visits or messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import ibis.expr.types as ir

from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, say

Unit = Literal["customers", "orders", "visits", "money", "share", "orders per customer", "points"]
Goal = Literal["acquire", "keep", "grow"]
Term = Literal["efficiency", "value"]
Reach = Literal["segments", "total", "nowhere"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric.

    Parameters
    ----------
    name : str
        Its stable name, and the key of its sentences in the catalogue.
    unit : str
        What its value counts.
    goal : str
        Which goal it serves: to acquire, to keep or to grow customers.
    term : str
        Which side it stands on: how well it goes (efficiency), or what it is worth (value).
    better : str
        Which direction is good.
    numerator, denominator : str
        Base columns. Without a denominator the sum itself is the value.
    past_as_target : str
        Where its own past says what to expect: in `segments` and in total, only in `total`, or `nowhere`. Segments are
        those of the run's day, and many are chosen by how recently or how much their members bought: such a segment's
        activity differs from its past by that choice alone, and only what an order or a buyer is like can be compared.
    on_the_day : bool
        Known only for the month of the run's day.
    flow : str, optional
        The further flow (`kpis.monthly.MORE`) that it is made of; without it the metric is absent.
    people : str, optional
        The metric that counts the people behind it, where these are not the buyers of the month.

    Examples
    --------
    >>> metric("retention_rate").title
    'Retention rate'
    """

    name: str
    unit: Unit
    goal: Goal
    term: Term
    numerator: str
    denominator: str | None = None
    better: Literal["up", "down"] = "up"
    past_as_target: Reach = "total"
    on_the_day: bool = False
    flow: str | None = None
    people: str | None = None

    def value(self, sums: ir.Table) -> ir.FloatingValue:
        """Return the metric as a column over `sums`, a table of summed base columns; null where it is not defined."""
        numerator = sums[self.numerator].cast("float64")
        if self.denominator is None:
            return numerator
        return numerator / sums[self.denominator].cast("float64").nullif(0)

    def past_tells(self, *, in_total: bool) -> bool:
        """Tell whether its own past says what to expect, of a segment or in total."""
        return self.past_as_target == "segments" or (in_total and self.past_as_target == "total")

    @property
    def title(self) -> str:
        """Its name for people."""
        return say(f"kpis.{self.name}.title")

    @property
    def meaning(self) -> str:
        """What it tells."""
        return say(f"kpis.{self.name}.meaning")

    @property
    def formula(self) -> str:
        """How it is computed, in words."""
        return say(f"kpis.{self.name}.formula")

    @property
    def unit_title(self) -> str:
        """Its unit for people."""
        return say(f"kpis.unit.{self.unit.replace(' ', '_')}")


def _of_visits(name: str, numerator: str, denominator: str | None = None, **facts: Any) -> Metric:
    return _told("visits", "visitors", name, numerator, denominator, **facts)


def _of_messages(name: str, numerator: str, denominator: str | None = None, **facts: Any) -> Metric:
    return _told("messages", "messaged", name, numerator, denominator, **facts)


def _of_surveys(name: str, numerator: str, **facts: Any) -> Metric:
    return _told("surveys", f"{name}_answers", name, numerator, f"{name}_answers", goal="keep", **facts)


def _answers(name: str) -> Metric:
    asked = f"{name}_answers"
    return _told("surveys", asked, asked, asked, None, goal="keep", unit="customers", past_as_target="nowhere")


def _told(flow: str, people: str, name: str, numerator: str, denominator: str | None, **facts: Any) -> Metric:
    of = {"unit": "share", "term": "efficiency", "flow": flow, "people": people, **facts}
    return Metric(name=name, numerator=numerator, denominator=denominator, **of)


VISIT_METRICS: tuple[Metric, ...] = (
    _of_visits("visitors", "visitors", unit="customers", goal="keep", term="value"),
    _of_visits("visits", "visits", unit="visits", goal="keep", term="value"),
    _of_visits("conversion_rate", "visits_ordered", "visits_told", goal="grow"),
    _of_visits("engagement", "visit_depth", "visits", goal="keep"),
    _of_messages("messaged", "messaged", unit="customers", goal="keep", term="value"),
    _of_messages("delivery_rate", "messages_delivered", "messages_sent", goal="keep"),
    _of_messages("open_rate", "messages_opened", "messages_open_of", goal="keep"),
    _of_messages("click_rate", "messages_clicked", "messages_click_of", goal="keep"),
    _of_messages("unsubscribe_rate", "messages_unsubscribed", "messages_leave_of", goal="keep", better="down"),
    _of_messages("message_order_rate", "messages_ordered", "messages_watched", goal="grow"),
)
"""What events and messages tell, where there are some."""

SURVEY_METRICS: tuple[Metric, ...] = (
    _of_surveys("nps", "nps_points", unit="points"),
    _of_surveys("effort", "effort_points", unit="points"),
    _of_surveys("satisfaction", "satisfied"),
    _answers("nps"),
    _answers("effort"),
    _answers("satisfaction"),
)
"""What surveys tell, where there are some."""

METRICS: tuple[Metric, ...] = (
    Metric(
        name="customers",
        unit="customers",
        goal="acquire",
        term="value",
        numerator="customers",
        past_as_target="nowhere",
    ),
    Metric(name="new", unit="customers", goal="acquire", term="efficiency", numerator="new"),
    Metric(name="active", unit="customers", goal="keep", term="value", numerator="active"),
    Metric(name="returning", unit="customers", goal="keep", term="value", numerator="returning"),
    Metric(
        name="retention_rate",
        unit="share",
        goal="keep",
        term="efficiency",
        numerator="retained",
        denominator="active_before",
    ),
    Metric(name="lapsed", unit="customers", goal="keep", term="efficiency", numerator="lapsed", better="down"),
    Metric(
        name="churn_rate",
        unit="share",
        goal="keep",
        term="efficiency",
        numerator="lapsed",
        denominator="standing_before",
        better="down",
    ),
    Metric(name="won_back", unit="customers", goal="keep", term="efficiency", numerator="won_back"),
    Metric(name="orders", unit="orders", goal="grow", term="value", numerator="orders"),
    Metric(
        name="purchase_frequency",
        unit="orders per customer",
        goal="grow",
        term="efficiency",
        numerator="orders",
        denominator="active",
        past_as_target="segments",
    ),
    Metric(
        name="average_order_value",
        unit="money",
        goal="grow",
        term="efficiency",
        numerator="order_amount",
        denominator="orders",
        past_as_target="segments",
    ),
    Metric(name="revenue", unit="money", goal="grow", term="value", numerator="net_revenue"),
    Metric(name="margin", unit="money", goal="grow", term="value", numerator="margin"),
    Metric(
        name="margin_rate",
        unit="share",
        goal="grow",
        term="efficiency",
        numerator="margin",
        denominator="costed_revenue",
        past_as_target="segments",
    ),
    Metric(
        name="return_rate",
        unit="share",
        goal="grow",
        term="efficiency",
        numerator="returns",
        denominator="gross_revenue",
        better="down",
        past_as_target="segments",
    ),
    Metric(
        name="ltv_to_date",
        unit="money",
        goal="grow",
        term="value",
        numerator="margin_to_date",
        denominator="customers",
        past_as_target="nowhere",
    ),
    Metric(
        name="ltv_predicted",
        unit="money",
        goal="grow",
        term="value",
        numerator="predicted_value",
        denominator="forecasts",
        past_as_target="nowhere",
        on_the_day=True,
    ),
    *VISIT_METRICS,
    *SURVEY_METRICS,
)
"""Every metric, by goal; then those of visits and messages, and what customers said when they were asked."""


def metric(name: str) -> Metric:
    """Return the metric called `name`.

    Raises
    ------
    ArgumentError
        There is none.
    """
    for one in METRICS:
        if one.name == name:
            return one
    raise failure(
        ArgumentError, "kpis.metric_unknown", metric=name, hint=did_you_mean(name, [one.name for one in METRICS])
    )
