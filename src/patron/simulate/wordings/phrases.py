"""What people say of ten themes, in five languages and four scripts: phrases, and what they say beside the point.

A text is one to three phrases of its theme, in any order, with something around them that everybody says.
"""

from __future__ import annotations

from collections.abc import Mapping

THEMES = ("late", "broken", "wrong", "quality", "quick", "price", "service", "refund", "payment", "account")

Phrases = Mapping[str, tuple[str, ...]]

ENGLISH: Phrases = {
    "late": (
        "the parcel arrived two weeks late", "still waiting for the delivery", "delivery took far too long",
        "it came long after the promised date", "the courier was late again", "my parcel has been stuck for days",
        "the delivery date was postponed three times", "tracking shows the parcel is still stuck at the courier",
        "the shipment is delayed", "waiting for weeks and no parcel yet",
    ),
    "broken": (
        "it was broken when I opened the box", "the glass was cracked", "arrived damaged",
        "the lid is cracked and leaks", "one handle was snapped off",
        "the box was crushed and the contents broken", "scratched all over", "damaged and dented on one side",
        "it broke in pieces inside the box", "the bottle leaks, the cap is broken",
    ),
    "wrong": (
        "you sent the wrong colour", "not the size I ordered", "this is a different item than the picture shows",
        "I got someone else's item", "wrong size and wrong colour", "the picture shows blue and I received green",
        "the item does not match the description", "half of the items were mixed up with another model",
        "description and picture are misleading", "received a different model",
    ),
    "quality": (
        "excellent quality", "the material feels solid", "beautifully made", "lovely fabric and well finished",
        "sturdy and well made", "the material is first class", "superb workmanship",
        "washes well and keeps its shape", "soft fabric, solid seams", "high quality material",
    ),
    "quick": (
        "super fast shipping", "it was here the next day", "quick dispatch",
        "ordered in the evening and here next morning", "shipped within hours",
        "very fast, arrived sooner than expected", "speedy dispatch, next day at my door", "prompt and fast",
        "dispatched the same day", "came earlier than expected",
    ),
    "price": (
        "great value for money", "cheaper than elsewhere", "a bargain at this price", "fair price",
        "worth every penny", "the discount made it a bargain", "you cannot beat the price", "good value and cheap",
        "money well spent", "the best price I found anywhere",
    ),
    "service": (
        "nobody answers my emails", "the hotline kept me on hold for an hour", "customer service was rude",
        "support never called back", "unfriendly staff on the phone", "no reply from support",
        "I called the hotline five times", "your agents do not listen", "the chat closed before anybody answered",
        "customer support ignores my emails",
    ),
    "refund": (
        "I still have no refund", "sent it back a month ago and no refund", "the return label did not work",
        "how do I return this", "my account has not been credited for the return", "when do I get my money back",
        "the refund is missing five euros", "return was received and nothing credited",
        "please send me a return label", "refund promised, never credited",
    ),
    "payment": (
        "my card was declined at the checkout", "the payment page crashes", "paypal failed twice",
        "I was charged twice", "checkout shows an error after the card number",
        "voucher code not accepted at checkout", "invoice shows the wrong amount",
        "the payment did not go through", "double charge on my card", "the checkout freezes at payment",
    ),
    "account": (
        "I cannot log in", "the password reset link has expired", "my login is blocked",
        "please change my address in the profile", "the reset mail for the password never comes",
        "how can I delete my profile", "cannot change the e-mail in my profile",
        "locked out after an update of the app", "the app logs me out", "login and password are not recognised",
    ),
}  # fmt: skip

GERMAN: Phrases = {
    "late": (
        "das Paket kam zwei Wochen zu spät", "ich warte immer noch auf die Lieferung",
        "die Lieferung dauert viel zu lange", "der Liefertermin wurde wieder verschoben",
        "seit Tagen hängt das Paket fest", "Lieferung verspätet",
    ),
    "broken": (
        "beim Auspacken war es kaputt", "das Glas war gesprungen", "kam beschädigt an", "der Deckel ist gebrochen",
        "völlig zerkratzt", "der Karton war zerdrückt und alles kaputt",
    ),
    "wrong": (
        "falsche Farbe geschickt", "nicht die bestellte Größe", "das Bild zeigt etwas anderes",
        "falscher Artikel im Karton", "die Beschreibung stimmt nicht", "falsche Größe und falsche Farbe",
    ),
    "quality": (
        "hervorragende Qualität", "der Stoff ist weich und fest", "sehr gut verarbeitet", "tolles Material",
        "solide Verarbeitung", "hochwertiges Material",
    ),
    "quick": (
        "superschneller Versand", "am nächsten Tag schon da", "schnell verschickt", "ging sehr schnell",
        "abends bestellt, morgens da", "schneller als erwartet",
    ),
    "price": (
        "tolles Preis-Leistungs-Verhältnis", "günstiger als anderswo", "ein Schnäppchen", "fairer Preis",
        "zu diesem Preis unschlagbar", "günstig und gut",
    ),
    "service": (
        "niemand beantwortet meine Mails", "eine Stunde in der Warteschleife", "unfreundlicher Kundendienst",
        "der Kundendienst ruft nicht zurück", "Hotline nie erreichbar", "keine Antwort vom Kundendienst",
    ),
    "refund": (
        "die Erstattung fehlt noch", "vor einem Monat zurückgeschickt und kein Geld", "das Retourenetikett fehlt",
        "wann bekomme ich mein Geld zurück", "Rücksendung da, nichts erstattet", "wie geht die Rücksendung",
    ),
    "payment": (
        "meine Karte wurde an der Kasse abgelehnt", "die Zahlung bricht ab", "doppelt abgebucht",
        "Gutschein an der Kasse nicht angenommen", "Rechnung mit falschem Betrag", "Fehler bei der Zahlung",
    ),
    "account": (
        "ich kann mich nicht anmelden", "das Passwort lässt sich nicht zurücksetzen", "mein Konto ist gesperrt",
        "bitte die Adresse im Konto ändern", "Anmeldung mit neuem Passwort geht nicht",
        "wie lösche ich mein Konto",
    ),
}  # fmt: skip

RUSSIAN: Phrases = {
    "late": (
        "посылка пришла с опозданием на две недели", "до сих пор жду доставку", "доставка слишком долгая",
        "срок доставки снова перенесли", "посылка застряла", "доставку опять задержали",
    ),
    "broken": (
        "пришло разбитое", "стекло треснуло", "крышка сломана и течёт", "коробка помята, всё разбито",
        "ручка сломана", "товар поцарапан и сломан",
    ),
    "wrong": (
        "прислали не тот цвет", "не тот размер", "на фото совсем другое", "описание не совпадает с фото",
        "прислали чужой товар, не тот размер", "другой цвет и размер",
    ),
    "quality": (
        "отличное качество", "материал мягкий и прочный", "хорошо сшито", "прекрасный материал",
        "качество на высоте", "прочная ткань, качество отличное",
    ),
    "price": (
        "отличная цена", "дешевле чем везде", "выгодная покупка по такой цене", "цена честная",
        "со скидкой совсем дёшево", "лучшая цена",
    ),
    "service": (
        "поддержка не отвечает на письма", "час ждал оператора", "грубый оператор поддержки",
        "служба поддержки не перезвонила", "до поддержки не дозвониться", "оператор не слушает",
    ),
    "refund": (
        "деньги так и не вернули", "отправил возврат месяц назад", "когда вернут деньги за возврат",
        "возврат получили, денег нет", "как оформить возврат", "вернули не все деньги",
    ),
}  # fmt: skip

ARABIC: Phrases = {
    "late": (
        "وصلت الشحنة متأخرة أسبوعين", "ما زلت أنتظر التوصيل", "التوصيل استغرق وقتا طويلا",
        "تأجل موعد التوصيل مرة أخرى", "الشحنة عالقة منذ أيام", "تأخر التوصيل كثيرا",
    ),
    "broken": (
        "وصل المنتج مكسورا", "الزجاج مشروخ", "الغطاء مكسور ويسرب", "الصندوق مهشم وكل شيء مكسور",
        "فيه خدوش والمقبض مكسور", "وصل تالفا ومكسورا",
    ),
    "wrong": (
        "أرسلتم لونا خاطئا", "ليس المقاس الذي طلبته", "الصورة تظهر شيئا آخر", "الوصف لا يطابق الصورة",
        "مقاس خاطئ ولون خاطئ", "اللون والمقاس مختلفان عن الصورة",
    ),
    "quality": (
        "جودة ممتازة", "القماش ناعم ومتين", "خياطة ممتازة", "خامة رائعة وجودة عالية", "القماش متين والجودة عالية",
        "خامة ممتازة",
    ),
    "price": (
        "سعر ممتاز", "أرخص من أي مكان آخر", "صفقة رابحة بهذا السعر", "السعر عادل", "رخيص مع الخصم",
        "أفضل سعر وجدته",
    ),
    "refund": (
        "لم أسترد المبلغ بعد", "أعدت المنتج قبل شهر ولم أسترد المبلغ", "متى يعود المبلغ المسترد",
        "كيف أرجع المنتج وأسترد المبلغ", "استلمتم المرتجع ولم يصل المبلغ", "ملصق الإرجاع لا يعمل",
    ),
}  # fmt: skip

CHINESE: Phrases = {
    "late": (
        "快递晚了两个星期", "还在等快递", "物流太慢了", "送货日期又推迟", "快递卡在路上好几天", "物流一直不更新",
    ),
    "broken": (
        "打开箱子发现碎了", "玻璃裂开了", "盖子破损还漏水", "外箱压坏里面全碎了", "到手就破损", "有划痕而且破损",
    ),
    "wrong": ("颜色发错了", "尺码不对", "和图片完全不一样", "描述与图片不符", "尺码和颜色都发错", "发错型号"),
    "quality": ("质量非常好", "面料柔软结实", "做工精细", "材质一流质量好", "面料很舒服做工好", "质量过硬"),
    "price": ("性价比很高", "比别家便宜", "这个价格很划算", "价格公道", "打折后很便宜", "价格最划算"),
    "refund": (
        "退款还没到账", "退货一个月了没有退款", "什么时候退款", "怎么申请退货", "退货收到了钱没退", "退款少了五块",
    ),
}  # fmt: skip

LANGUAGES: Mapping[str, Phrases] = {
    "en": ENGLISH, "de": GERMAN, "ru": RUSSIAN, "ar": ARABIC, "zh": CHINESE,
}  # fmt: skip

ASIDES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "hello", "thank you", "I ordered this last week", "that is all I wanted to say", "just to let you know",
        "it was a present for my sister", "I have been a customer for years", "what can I say", "see the order",
        "we all think so", "I am writing about my last order",
    ),
    "de": (
        "hallo", "vielen Dank", "ich habe letzte Woche bestellt", "das wollte ich nur sagen",
        "es war ein Geschenk", "ich bin seit Jahren Kunde", "es geht um meine letzte Bestellung",
    ),
    "ru": ("здравствуйте", "спасибо", "я заказал это на прошлой неделе", "это был подарок", "пишу о моём заказе"),
    "ar": ("مرحبا", "شكرا لكم", "طلبت هذا الأسبوع الماضي", "كانت هدية", "أكتب عن طلبي الأخير"),
    "zh": ("你好", "谢谢", "上个星期下的单", "是送朋友的礼物", "想说一下我的订单"),
}  # fmt: skip

JOINS: Mapping[str, tuple[str, ...]] = {
    "en": (". ", ", ", " and ", "! ", "... "), "de": (". ", ", ", " und ", "! "), "ru": (". ", ", ", " и "),
    "ar": ("، ", ". ", " و"), "zh": ("，", "。", "！"),
}  # fmt: skip

IDLE = ("ok", "👍", "...", "no comment", "test", "🙂🙂", "n/a", "-", "see above", "ask me later")
"""What fits no theme."""

CONTACTS = ("order {n}", "my number is 0151 {n}", "write to buyer{n}@example.com", "see https://example.com/o/{n}")
"""What must not be quoted."""
