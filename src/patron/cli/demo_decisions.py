"""What the demo's project decides: triggers, a sequence, a campaign, their messages, and the teams behind them.

Three of the triggers have been sending for weeks: `patron.simulate.triggered` tells what each variant truly brings.
"""

from __future__ import annotations

DECISIONS = """
contact: {most: 2, window: 7d, quiet: 21:00-08:00, channels: {sms: 1}}

budget: {amount: 500, lasts: 30d, next: 100, capacity: {post: 300}, season: 90d}

triggers:
  second_order:
    signal: second_order_window
    action: second_order
    audience: orders = 1
    channels: [email]
    holdout: 10%
    goal: {metric: margin, days: 30d}
    caps: {every: 30d}
    state: scaled
    team: newcomers
    believed: A friendly word three weeks after the first order brings one in twenty back.
  replenish:
    signal: replenishment_due
    action: replenish
    channels: [email, sms]
    holdout: 10%
    goal: {metric: margin, days: 21d}
    caps: {every: 14d}
    state: scaled
    team: growth
    believed: Who is about to run out orders here instead of at the corner shop.
  win_back:
    signal: win_back
    action: win_back
    channels: [email, post]
    holdout: 20%
    goal: {metric: margin, days: 60d}
    caps: {every: 60d}
    state: pilot
    team: growth
    believed: One in fifty of those who were silent for half a year comes back.
  cart:
    signal: cart_abandoned
    action: remind
    channels: [email, push]
    holdout: 10%
    goal: {metric: margin, days: 14d}
    caps: {every: 7d}
    exclusive: reminders
    state: scaled
    team: growth
    believed: A cart that was left is mostly forgotten, not refused.
  browse:
    signal: browse_abandoned
    action: remind
    channels: [email]
    holdout: 10%
    caps: {every: 14d}
    exclusive: reminders
    gives_way_to: [cart]
    state: scaled
    team: growth
    believed: Some of those who looked would buy if they saw it again.
  lapse:
    signal: lapse_risk
    action: discount
    audience: rfm IN ('champions', 'loyal')
    channels: [email]
    offer: 10 % off the next order
    holdout: 20%
    cost: 0.30
    state: pilot
    team: growth
    believed: A tenth off keeps good customers who are later than usual.
  thanks:
    signal: case_resolved
    action: recover
    kind: service
    channels: [email]
    holdout: 10%
    state: scaled
    team: newcomers
    believed: Asking whether all is well now keeps people who had trouble.
  birthday:
    signal: birthday
    action: congratulate
    channels: [email]
    holdout: 10%
    believed: A card on the day is remembered.

sequences:
  welcome:
    signal: first_90_days
    audience: orders = 1
    exit: orders > 1
    holdout: 10%
    goal: {metric: margin, days: 90d}
    state: pilot
    team: newcomers
    believed: Three useful letters make a stranger a customer.
    steps:
      - {name: hello, action: welcome}
      - {name: how_to, action: second_order, wait: 7d}
      - {name: what_next, action: cross_sell, wait: 14d}

campaigns:
  new_year:
    action: announce
    audience: orders >= 3
    channels: [email]
    holdout: 10%
    first_day: 2024-12-30
    last_day: 2025-01-06
    state: scaled
    team: growth
    believed: Good customers want to see the new collection first.

sender:
  links: {unsubscribe: "https://shop.example/u/{{ customer_id }}"}

messages:
  second_order:
    parts:
      headline:
        thanks: "Thank you{{ ', ' ~ given_name if given_name else '' }}"
        question: "How is it so far?"
      copy:
        short: "Here is what others took next. Unsubscribe: {{ unsubscribe_url }}"
        story: "How our roaster chooses beans. Unsubscribe: {{ unsubscribe_url }}"
      offer:
        none:
        ten: {text: 10 % off your second order, discount: 0.10}
  replenish:
    parts:
      headline: {running_low: "Running low?", usual: Your usual order}
      copy:
        short: "One click and it is on its way. Unsubscribe: {{ unsubscribe_url }}"
        list: "The list of what you take. Unsubscribe: {{ unsubscribe_url }}"
  win_back:
    parts:
      headline: {miss_you: We miss you, whats_new: What is new since you were here}
      copy:
        short: "Have a look. Unsubscribe: {{ unsubscribe_url }}"
      offer:
        none:
        gift: {text: A small gift with your order, cost: 2.00}

teams:
  newcomers:
    title: Second orders
    members: [Ada, Noor]
    approvers: [Ines]
    goal: {metric: second_order_rate, change: 0.05, since: 2024-10-01, days: 180d, within: 90d}
  growth:
    title: Growth
    members: [Ben, Chloe, Jun]
    goal: {metric: retention_rate, change: 0.05, since: 2024-10-01, days: 180d}
  care:
    title: Care
    members: [Lea]
    triggers: [birthday]
"""
"""Follows the rest of the demo's settings."""

DESTINATIONS = """
destinations:
  outgoing:  # what leaves lies in this folder; in a shop of one's own e-mail, texts and the rest stand here
    type: files
    channels: [email, sms, push]
    folder: outgoing
"""
"""Where what the demo decides goes."""
