"""The words that systems use for consent, and what each of them means here. A word that is not here is no guess.

Compared as `plain` texts: small letters and digits only, so that "Opted-Out" and "opted_out" are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

Words = Mapping[str, Sequence[str]]

_YES = ("yes", "y", "true", "t", "1", "on", "ja", "oui", "si")
_NO = ("no", "n", "false", "f", "0", "off", "nein", "non")
_OUT = ("revoked", "revoke", "withdrawn", "withdrew", "unsubscribed", "unsubscribe", "optout", "optedout", "objected")

STATUS_WORDS: Words = {
    "granted": (*_YES, "granted", "grant", "given", "optin", "optedin", "doubleoptin", "subscribed", "subscribe",
                "accepted", "accept", "accepts", "allowed", "allow", "agreed", "agree", "consented", "consent",
                "confirmed", "enabled"),
    "denied": (*_NO, "denied", "deny", "declined", "decline", "refused", "refuse", "rejected", "disallowed",
               "disabled", "notgranted", "notgiven", "noconsent"),
    "revoked": _OUT,
    "never": ("neversubscribed", "notsubscribed", "nonsubscribed", "pending", "unconfirmed"),
}  # fmt: skip
"""`never` is what somebody is who was never asked, or has not confirmed yet: denied, but no word of their own."""

OPT_OUT_WORDS: Words = {"revoked": (*_YES, *_OUT), "": (*_NO, "optedin", "subscribed")}

PURPOSE_WORDS: Words = {
    "analytics": ("analytics", "statistics", "analyticsstorage"),
    "profiling": ("profiling", "personalisation", "personalization"),
    "marketing": ("marketing", "directmarketing", "newsletter", "newsletters", "emailmarketing", "smsmarketing",
                  "promotions", "offers"),
    "advertising": ("advertising", "ads", "adstorage", "aduserdata", "adpersonalization", "targeting", "sale",
                    "sharing", "saleandsharing", "saleorsharing"),
    "measurement": ("measurement", "attribution"),
    "operations": ("operations", "service", "necessary", "transactional"),
}  # fmt: skip

CHANNEL_WORDS: Words = {
    "all": ("all", "any", "every", "allchannels"),
    "email": ("email", "emails", "newsletter"),
    "sms": ("sms", "text", "texts", "textmessage", "textmessages"),
    "push": ("push", "apppush", "webpush", "pushnotification", "pushnotifications"),
    "phone": ("phone", "call", "calls", "telephone", "telemarketing"),
    "post": ("post", "postal", "postalmail", "directmail", "letter", "letters"),
    "web": ("web", "website", "cookie", "cookies"),
    "ads": ("ads", "ad", "advertising"),
}

BASIS_WORDS: Words = {
    "consent": ("consent", "art61a", "article61a", "gdprart61a"),
    "contract": ("contract", "performanceofacontract", "art61b", "article61b", "gdprart61b"),
    "legal_obligation": ("legalobligation", "art61c", "article61c", "gdprart61c"),
    "vital_interests": ("vitalinterests", "vitalinterest", "art61d", "article61d", "gdprart61d"),
    "public_task": ("publictask", "publicinterest", "art61e", "article61e", "gdprart61e"),
    "legitimate_interests": ("legitimateinterests", "legitimateinterest", "art61f", "article61f", "gdprart61f"),
}

QUESTION_WORDS: Words = {
    "nps": ("nps", "netpromoter", "netpromoterscore", "recommend", "recommendation", "likelihoodtorecommend"),
    "ces": ("ces", "customereffort", "customereffortscore", "effort", "ease", "easy"),
    "csat": ("csat", "satisfaction", "customersatisfaction", "customersatisfactionscore", "satisfactionscore"),
}
"""What a survey asked, under other names."""

KINDS: Words = {
    "email": ("email", "emailaddress", "mail"),
    "phone": ("phone", "phonenumber", "telephone", "telephonenumber", "mobile", "mobilephone", "cell", "cellphone"),
    "device_id": ("deviceid", "device"),
    "loyalty_id": ("loyaltyid", "loyaltycard", "loyaltynumber"),
}
"""Kinds of identifiers under other names."""

MESSAGE_WORDS: Words = {
    "sent": ("sent", "send", "sends", "messagesent", "emailsent", "sentemail", "sentsms", "dispatched", "processed"),
    "delivered": ("delivered", "delivery", "delivers", "received", "arrived", "messagedelivered", "emaildelivered",
                  "receivedemail", "receivedsms", "receivedpush", "pushreceived"),
    "opened": ("opened", "open", "opens", "read", "messageopened", "emailopened", "openedemail", "openedpush",
               "pushnotificationopened", "pushopened"),
    "clicked": ("clicked", "click", "clicks", "linkclicked", "messagelinkclicked", "emaillinkclicked",
                "emailclicked", "clickedemail", "clickedsms", "emailclick"),
    "unsubscribed": (*_OUT, "unsub", "unsubscribes", "emailunsubscribed", "unsubscribedfromemail", "groupunsubscribe",
                     "unsubscribedfromlist", "spam", "spamreport", "spamreported", "complaint", "complained",
                     "markedasspam", "markedemailasspam", "emailmarkedasspam"),
    "bounced": ("bounced", "bounce", "bounces", "hardbounce", "hardbounced", "softbounce", "softbounced",
                "messagebounced", "emailbounced", "bouncedemail", "dropped", "droppedemail", "failed",
                "faileddelivery", "failedtodeliver", "undelivered", "rejected"),
}  # fmt: skip
"""What happened to a message; who calls one spam wants no more of them."""


PERIODS: Mapping[int, Sequence[str]] = {
    1: ("day", "days", "daily"),
    7: ("week", "weeks", "weekly"),
    14: ("fortnight", "fortnightly", "biweekly"),
    30: ("month", "months", "monthly"),
    91: ("quarter", "quarters", "quarterly"),
    182: ("halfyear", "halfyearly", "semiannual", "semiannually"),
    365: ("year", "years", "yearly", "annual", "annually"),
}
"""Words for how long one payment lasts, by days."""


def plain(text: ir.StringValue) -> ir.StringValue:
    """Write a word as words are compared."""
    return text.lower().re_replace("[^a-z0-9]+", "")


def spelt(word: ir.StringValue, words: Words) -> ir.StringValue:
    """Return what a plain word means; null where it is not among the words."""
    branches = [(word.isin(spellings), ibis.literal(meaning)) for meaning, spellings in words.items()]
    return ibis.cases(*branches, else_=ibis.null("string"))
