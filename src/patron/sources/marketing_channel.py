"""One name for what brings people to a shop, however a system spells it, and by the tags of a link where none is told.

`Paid Search`, `paid-search` and `SEM` are ``paid_search``; a word that is not in the table keeps its own letters and
figures, joined by ``_``. Tags of links (utm_source, utm_medium, utm_campaign) are grouped as Google Analytics 4 groups
them, in its order. What it calls unassigned has the medium's name here, else the source's, so that a shop can give it
one.

Ref  Google Analytics 4, Default channel group (support.google.com/analytics/answer/9756891)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.sources.people.words import Words, plain, spelt

MARKETING_CHANNELS: Words = {
    "direct": ("direct", "directnone", "none", "typedin"),
    "cross_network": ("crossnetwork", "performancemax", "pmax"),
    "paid_shopping": ("paidshopping", "shoppingads", "productlistingads"),
    "paid_search": ("paidsearch", "sem", "searchads", "cpc", "ppc"),
    "paid_social": ("paidsocial", "socialads", "socialpaid"),
    "paid_video": ("paidvideo", "videoads"),
    "display": ("display", "displayads", "banner", "banners", "programmatic"),
    "paid_other": ("paidother",),
    "organic_shopping": ("organicshopping",),
    "organic_social": ("organicsocial", "social", "socialmedia", "socialnetwork", "sm"),
    "organic_video": ("organicvideo",),
    "organic_search": ("organicsearch", "organic", "seo", "naturalsearch"),
    "referral": ("referral", "referrals", "referrer"),
    "email": ("email", "emails"),
    "affiliates": ("affiliates", "affiliate", "affiliatemarketing"),
    "audio": ("audio", "podcast", "podcasts"),
    "sms": ("sms", "textmessage", "textmessages"),
    "push": ("push", "apppush", "webpush", "pushnotification", "pushnotifications", "mobilepush",
             "mobilepushnotifications"),
}  # fmt: skip
"""What brings people, by its other spellings: small letters and digits only."""

_SEARCH = r"google|bing|yahoo|duckduckgo|baidu|yandex|ecosia|qwant|naver|seznam|startpage|ask|aol"
_SOCIAL = (
    r"facebook|fb|instagram|ig|meta|linkedin|twitter|x\.com|t\.co|pinterest|tiktok|snapchat|reddit|threads|weibo|vk"
    r"|xing|quora|whatsapp|telegram"
)
_VIDEO = r"youtube|youtu\.be|vimeo|twitch|dailymotion"
_SHOPS = r"amazon|ebay|etsy|idealo|shopping|googleshopping|alibaba|aliexpress|walmart|pricerunner|mercadolibre"
_SHOP_CAMPAIGN = r"(^|[^a-df-z])shop"
_PAID = r"cp|^ppc$|^retargeting$|^paid"
_BANNERS = ("display", "banner", "expandable", "interstitial", "cpm")
_UNSAID = ("", "none", "notset", "unknown", "null")
_APART = r"[^\p{L}\p{M}\p{N}]+"


def channel_word(name: ir.StringValue) -> ir.StringValue:
    """Return one name for a channel; null stays null.

    Examples
    --------
    >>> told = ibis.memtable({"channel": ["Paid Search", "paid-search", "Bus stops", None]})
    >>> told.select(word=channel_word(told.channel)).to_pyarrow()["word"].to_pylist()
    ['paid_search', 'paid_search', 'bus_stops', None]
    """
    own = name.lower().re_replace(_APART, "_").re_replace("^_|_$", "")
    return ibis.coalesce(spelt(plain(name), MARKETING_CHANNELS), own.nullif(""), name.strip())


def channel_word_of(name: str) -> str:
    """Return the same name for one channel that the settings or a chart name.

    Examples
    --------
    >>> channel_word_of("Paid Search"), channel_word_of("Bus stops")
    ('paid_search', 'bus_stops')
    """
    bare = re.sub("[^a-z0-9]+", "", name.lower())
    for channel, spellings in MARKETING_CHANNELS.items():
        if bare in spellings:
            return channel
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_") or name.strip()


def tagged_channel(
    source: ir.StringValue, medium: ir.StringValue, campaign: ir.StringValue
) -> ir.StringValue:  # fmt: skip
    """Return the channel that the tags of a link say; null where they say none.

    Examples
    --------
    >>> link = ibis.memtable({"source": ["google", "fb", "partner"], "medium": ["cpc", "paid", None],
    ...                       "campaign": [""] * 3})
    >>> link.select(word=tagged_channel(link.source, link.medium, link.campaign)).to_pyarrow()["word"].to_pylist()
    ['paid_search', 'paid_social', 'partner']
    """
    stood, kind = source.lower().fill_null(""), plain(medium.fill_null(""))
    name = plain(source.fill_null(""))
    about = campaign.lower().fill_null("")
    paid = kind.re_search(_PAID)
    shop = _among(stood, _SHOPS) | (about.re_search(_SHOP_CAMPAIGN) & (paid | kind.isin(_UNSAID)))
    groups: tuple[tuple[ir.BooleanValue, str], ...] = (
        ((name == "direct") & kind.isin(_UNSAID), "direct"),
        (about.contains("cross-network") | (kind == "crossnetwork"), "cross_network"),
        (shop & paid, "paid_shopping"),
        (_among(stood, _SEARCH) & paid, "paid_search"),
        (_among(stood, _SOCIAL) & paid, "paid_social"),
        (_among(stood, _VIDEO) & paid, "paid_video"),
        (kind.isin(_BANNERS), "display"),
        ((name == "email") | kind.isin(["email", "emails"]), "email"),
        ((name == "sms") | (kind == "sms"), "sms"),
        (kind.endswith("push") | kind.contains("notification") | (name == "firebase"), "push"),
        (kind.isin(["affiliate", "affiliates"]), "affiliates"),
        (kind == "audio", "audio"),
        (kind.isin(["paidsocial", "socialpaid"]), "paid_social"),
        (paid, "paid_other"),
        (_among(stood, _SHOPS), "organic_shopping"),
        (_among(stood, _SOCIAL) | kind.isin(["social", "socialnetwork", "socialmedia", "sm"]), "organic_social"),
        (_among(stood, _VIDEO) | kind.contains("video"), "organic_video"),
        (_among(stood, _SEARCH) | (kind == "organic"), "organic_search"),
        (kind.isin(["referral", "app", "link"]), "referral"),
    )
    said = ibis.ifelse(kind.isin(_UNSAID), source, medium)
    other = ibis.ifelse(plain(said).isin(_UNSAID), ibis.null("string"), channel_word(said))
    return ibis.cases(*groups, else_=other)


def _among(source: ir.StringValue, names: str) -> ir.BooleanValue:
    """Tell whether one of the names stands as a word in an address."""
    return source.re_search(rf"(^|[^a-z])({names})([^a-z]|$)")


def channel_of(
    told: ir.StringValue, source: ir.StringValue, medium: ir.StringValue, campaign: ir.StringValue
) -> ir.StringValue:  # fmt: skip
    """Return what brought a visit: the source's own word, else what the tags of its link say."""
    return ibis.coalesce(channel_word(told), tagged_channel(source, medium, campaign))


def renamed(name: ir.StringValue, aliases: Mapping[str, str]) -> ir.StringValue:
    """Return a channel's word by the shop's own aliases, both sides spelt as `channel_word` spells them."""
    pairs = [(name == channel_word_of(came), ibis.literal(channel_word_of(wanted))) for came, wanted in aliases.items()]
    return ibis.cases(*pairs, else_=name) if pairs else name
