"""What triggers learned about the variants of their messages, and what is sent next."""

from __future__ import annotations

from patron.contracts.contract import Column, Contract

LEARNING_REASONS = ("begin", "go_on", "enough", "little_left")
LEARNING_STATES = ("learned", "one_message", "nothing_sent")

LEARNING = Contract(
    name="learning",
    grain="one trigger and plan of its messages",
    purpose="measurement",
    note="What was known when a plan last stood; rows of earlier plans are handed on from run to run. The model is a Bayesian logistic regression with main effects of options, shrunk pairs of options, and segments. Had, reachable and gain are shares of messages that are answered, times what an answer is worth where the settings say so. What is reachable is what the best message is expected to bring, whichever it is; it is believed, not seen.",
    columns=(
        Column(name="trigger", type="string", meaning="Which.", key=True),
        Column(name="iteration", type="int64", meaning="Which plan, as in `variant_plan`; 0 where there is none.", key=True),
        Column(name="state", type="string", meaning="`learned`, or why there is nothing to learn from.", values=LEARNING_STATES),
        Column(name="began_on", type="date", meaning="The day of the run that made the plan.", nullable=True),
        Column(name="messages", type="int64", meaning="How many messages can be made of the parts.", unit="messages"),
        Column(name="sends", type="int64", meaning="Sent by this plan and those before it, as far as there was time to answer.", unit="messages"),
        Column(name="responses", type="int64", meaning="Those of them that were answered.", unit="messages"),
        Column(name="best", type="string", meaning="The message to send from then on: its options, as JSON by part.", nullable=True),
        Column(name="chance_best", type="float64", meaning="That it is the best of all.", unit="share", nullable=True),
        Column(name="first_rate", type="float64", meaning="What the first message brings.", unit="share", nullable=True),
        Column(name="best_rate", type="float64", meaning="What the message to send brings.", unit="share", nullable=True),
        Column(name="reachable_rate", type="float64", meaning="What the best message is expected to bring, whichever it is.", unit="share", nullable=True),
        Column(name="share_had", type="float64", meaning="(best_rate - first_rate) / (reachable_rate - first_rate): the share of the reachable effect that is had.", unit="share", nullable=True),
        Column(name="next_sends", type="int64", meaning="How many messages one more iteration would send.", unit="messages", nullable=True),
        Column(name="next_gain", type="float64", meaning="What the message to send is expected to bring more after it.", unit="share", nullable=True),
        Column(name="next_share_had", type="float64", meaning="The share that would be had after it.", unit="share", nullable=True),
        Column(name="stop", type="boolean", meaning="Whether learning is done: send the best message, and try new parts."),
        Column(name="reason", type="string", meaning="`begin`: nothing is known. `go_on`. `enough`: 95 % of the reachable effect is had. `little_left`: one more iteration adds less than half a percent.", values=LEARNING_REASONS),
    ),
)

LEARNING_OPTIONS = Contract(
    name="learning_options",
    grain="one option of a part of a trigger's messages",
    purpose="measurement",
    note="Rates are believed of a message with this option and even chances for all others. Read are what came, by the chance that each message had of being sent (inverse propensity), where these chances are known: no model has to be right for them, and their intervals are wider.",
    columns=(
        Column(name="trigger", type="string", meaning="Which.", key=True),
        Column(name="part", type="string", meaning="The part of the message.", key=True),
        Column(name="option", type="string", meaning="What it was.", key=True),
        Column(name="sends", type="int64", meaning="Messages with it.", unit="messages"),
        Column(name="responses", type="int64", meaning="Those that were answered.", unit="messages"),
        Column(name="rate", type="float64", meaning="What it is believed to bring.", unit="share"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="chance_best", type="float64", meaning="That the best message has it.", unit="share"),
        Column(name="effect", type="float64", meaning="Log odds against the mean of the options of its part."),
        Column(name="effect_variance", type="float64", meaning="How little that is known."),
        Column(name="expected", type="float64", meaning="The same, as past triggers with this option led to expect before a message was sent; 0 where none did."),
        Column(name="past_triggers", type="int64", meaning="How many of them there were."),
        Column(name="read_rate", type="float64", meaning="What came of it by inverse propensity; none where too few were sent, or the chances are not known.", unit="share", nullable=True),
        Column(name="read_low", type="float64", meaning="Lower end of its 95 % interval.", unit="share", nullable=True),
        Column(name="read_high", type="float64", meaning="Upper end.", unit="share", nullable=True),
    ),
)

LEARNING_VARIANTS = Contract(
    name="learning_variants",
    grain="one message of a trigger in one segment",
    purpose="measurement",
    note="What is believed of each combination of options: drawn to what its options and their pairs do elsewhere, so that also a message that nobody got has a rate.",
    columns=(
        Column(name="trigger", type="string", meaning="Which.", key=True),
        Column(name="segment", type="string", meaning="Of whom: a segment of the segmentation that the settings name, or `all`.", key=True),
        Column(name="variant", type="string", meaning="The message.", key=True),
        Column(name="sends", type="int64", meaning="Sent, as far as there was time to answer.", unit="messages"),
        Column(name="responses", type="int64", meaning="Those of them that were answered.", unit="messages"),
        Column(name="rate", type="float64", meaning="What it is believed to bring.", unit="share"),
        Column(name="low", type="float64", meaning="Lower end of its 95 % interval.", unit="share"),
        Column(name="high", type="float64", meaning="Upper end.", unit="share"),
        Column(name="chance_best", type="float64", meaning="That it is the best of all in its segment.", unit="share"),
        Column(name="recommended", type="boolean", meaning="Whether it is the one to send when learning is done."),
    ),
)

VARIANT_PLAN = Contract(
    name="variant_plan",
    grain="one message of a trigger in one segment, by one plan",
    purpose="operations",
    note="With which chance each message is sent while a plan stands; all plans so far, handed on from run to run. Draw from the standing one by `patron.decisions.with_variants`, which gives the same customer the same message until the plan changes. Chances add up to 1 in every segment, and none is 0. Plan 0 stands for what was sent before the first plan; its chances are known where it was sent evenly.",
    columns=(
        Column(name="trigger", type="string", meaning="Which.", key=True),
        Column(name="iteration", type="int64", meaning="Which plan; 1 is the first.", key=True),
        Column(name="segment", type="string", meaning="Of whom: a segment of the segmentation that the settings name, or `all`.", key=True),
        Column(name="variant", type="string", meaning="The message.", key=True),
        Column(name="began_on", type="date", meaning="The day of the run that made the plan; it holds from the next day on. Of plan 0 the first message's."),
        Column(name="standing", type="boolean", meaning="Whether it is the plan to draw from."),
        Column(name="place", type="int64", meaning="Its place in the plan, from 0."),
        Column(name="share", type="float64", meaning="Its chance; none where it is not known.", unit="share", nullable=True),
        Column(name="low", type="string", meaning="Where its part of the hash space begins, in hex digits.", nullable=True),
        Column(name="high", type="string", meaning="Where it ends; the end belongs to the next.", nullable=True),
        Column(name="expected", type="float64", meaning="Which share was expected to answer when the plan was made.", unit="share"),
        Column(name="sends", type="int64", meaning="Sent by this plan, as far as there was time to answer.", unit="messages"),
        Column(name="responses", type="int64", meaning="Those of them that were answered.", unit="messages"),
    ),
)

CONTRACTS = (LEARNING, LEARNING_OPTIONS, LEARNING_VARIANTS, VARIANT_PLAN)
