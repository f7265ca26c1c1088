"""The words that shops use for our fields, best first, source by source.

Compared as `plain` names: letters and digits only. A word that means too many things stands last, or not at all: a
wrong mapping costs more than a question.
"""

from __future__ import annotations

_CUSTOMER = ("customerid", "customer", "customernumber", "customerno", "customeruniqueid", "clientid", "client",
             "userid", "user", "memberid", "member", "householdid", "contactid", "buyerid", "shopperid",
             "customeremail", "buyeremail")  # fmt: skip
_EMAIL = ("email", "emailaddress", "billingemail")
_ORDER = ("orderid", "order", "ordernumber", "orderno", "order$", "invoice", "invoiceno", "invoiceid",
          "invoicenumber", "transactionid", "receipt", "receiptid", "receiptno", "basketid")  # fmt: skip
_ORDERED = ("orderedat", "orderdate", "invoicedate", "orderpurchasetimestamp", "purchasedate", "purchasedat",
            "transactiondate", "transactiontimestamp", "orderdatetime", "ordertime", "date", "createdat",
            "processedat", "timestamp")  # fmt: skip
_PRODUCT = ("productid", "product", "sku", "stockcode", "itemid", "item", "articleid", "article", "articleno", "ean",
            "variantid", "lineitemsku", "itemsku", "productsku", "productcode")  # fmt: skip
_PRODUCT_NAME = ("productname", "description", "itemname", "title", "lineitemname", "articlename", "name",
                 "productdescription")  # fmt: skip
_CATEGORY = ("category", "productcategory", "productcategoryname", "categoryname", "department", "producttype")
_BRAND = ("brand", "brandname", "vendor", "manufacturer")
_UNIT_COST = ("unitcost", "cost", "costprice", "cogs", "costpergoods", "costperitem", "purchaseprice")
_CURRENCY = ("currency", "ordercurrency", "currencycode")
_STATUS = ("status", "orderstatus", "financialstatus", "paymentstatus", "orderstate")
_CHANNEL = ("channel", "saleschannel", "orderchannel", "ordersource", "source")
_COUNTRY = ("country", "shippingcountry", "countrycode", "billingcountry", "countryregion")
_DISCOUNT = ("discount", "discountamount", "lineitemdiscount", "discounttotal", "retaildisc")

EMAIL_STATUS = ("emailstatus", "acceptsemailmarketing", "acceptsmarketing", "emailmarketingconsent", "emailconsent",
                "emailoptin", "newsletter", "newsletteroptin", "marketingoptin", "marketingconsent",
                "emailsubscribed")  # fmt: skip
SMS_STATUS = ("smsstatus", "acceptssmsmarketing", "smsmarketingconsent", "smsconsent", "smsoptin")
EMAIL_OPT_OUT = ("emailoptout", "hasoptedoutofemail", "unsubscribedfromallemail", "unsubscribed", "donotemail")

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "order_lines": {
        "order_id": _ORDER,
        "customer_id": (*_CUSTOMER, *_EMAIL),
        "ordered_at": _ORDERED,
        "product_id": _PRODUCT,
        "product_name": _PRODUCT_NAME,
        "category": _CATEGORY,
        "brand": _BRAND,
        "quantity": ("quantity", "qty", "units", "numberofcds", "lineitemquantity", "itemquantity", "count"),
        "unit_price": ("unitprice", "price", "itemprice", "lineitemprice", "priceperunit"),
        "amount": ("amount", "linetotal", "lineamount", "itemtotal", "salesvalue", "total", "revenue", "sales",
                   "dollarvalue", "grossamount", "subtotal", "value"),
        "discount": _DISCOUNT,
        "unit_cost": _UNIT_COST,
        "currency": _CURRENCY,
        "status": _STATUS,
        "channel": _CHANNEL,
        "country": _COUNTRY,
    },
    "orders": {
        "order_id": (*_ORDER, "id"),
        "customer_id": (*_CUSTOMER, *_EMAIL),
        "ordered_at": _ORDERED,
        "amount": ("amount", "subtotal", "orderamount", "ordervalue", "revenue", "grossamount", "ordertotal", "total",
                   "value", "dollarvalue"),
        "discount": _DISCOUNT,
        "shipping": ("shipping", "shippingcost", "shippingtotal", "freight", "freightvalue", "deliverycost"),
        "currency": _CURRENCY,
        "status": _STATUS,
        "channel": _CHANNEL,
        "country": _COUNTRY,
    },
    "customers": {
        "customer_id": (*_CUSTOMER, "id", *_EMAIL),
        "person_id": ("personid", "customeruniqueid", "masterid", "goldenid"),
        "acquired_on": ("acquiredon", "acquiredat", "dtcustomer", "customersince", "membersince", "registered",
                        "registeredat", "registeredon", "registrationdate", "signup", "signupdate", "joined",
                        "joindate", "joinedat", "becamememberon", "firstorder", "firstorderdate", "firstseen",
                        "createdat", "createdon", "createdate", "creationdate", "dateadded"),
        "acquisition_channel": ("acquisitionchannel", "acquisitionsource", "originalsource", "leadsource",
                                "utmsource", "channel", "source"),
        "country": (*_COUNTRY, "residence"),
        "email": (*_EMAIL, "emailaddr", "customeremail"),
        "phone": ("phone", "phonenumber", "mobile", "mobilephone", "mobilenumber", "telephone", "tel", "cellphone",
                  "billingphone"),
        "name": ("name", "fullname", "customername", "contactname", "clientname"),
        "given_name": ("givenname", "firstname", "forename", "fname"),
        "family_name": ("familyname", "lastname", "surname", "lname"),
        "birth_date": ("birthdate", "dateofbirth", "dob", "birthday", "birthdayon"),
        "street": ("street", "streetaddress", "address", "address1", "addressline1", "billingaddress1"),
        "city": ("city", "town", "billingcity"),
        "region": ("region", "state", "province", "county", "stateregion"),
        "postal_code": ("postalcode", "postcode", "zip", "zipcode", "plz", "billingzip", "billingpostcode"),
        "updated_on": ("updatedon", "updatedat", "lastupdated", "lastmodified", "modifiedat", "lastmodifieddate",
                       "dateupdated"),
    },
    "identifiers": {
        "customer_id": (*_CUSTOMER, *_EMAIL),
        "kind": ("kind", "identifiertype", "idtype", "identitytype", "type"),
        "value": ("value", "identifier", "identifiervalue", "identity", "idvalue"),
        "email": _EMAIL,
        "phone": ("phone", "phonenumber", "mobile"),
        "device_id": ("deviceid", "device"),
        "loyalty_id": ("loyaltyid", "loyaltycard", "loyaltynumber", "cardnumber"),
        "seen_on": ("seenon", "firstseen", "firstseenat", "seenat", "linkedat", "addedat"),
    },
    "events": {
        "occurred_at": ("occurredat", "eventtime", "eventtimestamp", "eventdate", "timestamp", "time", "date",
                        "createdat"),
        "event": ("event", "eventname", "eventtype", "action", "activity"),
        "event_id": ("eventid", "$eventid", "messageid"),
        # A client is the visitor's cookie in web analytics.
        "customer_id": tuple(word for word in _CUSTOMER if word not in ("client", "clientid")),
        "anonymous_id": ("anonymousid", "visitorid", "cookieid", "clientid", "userpseudoid", "deviceid",
                         "distinctid"),
        "session_id": ("sessionid", "session", "visitid", "usersession", "gasessionid"),
        "channel": ("channel", "platform", "source"),
        "product_id": _PRODUCT,
        "order_id": ("orderid", "transactionid", "order"),
        "amount": ("amount", "revenue", "$value", "value", "price"),
    },
    "households": {
        "customer_id": tuple(word for word in (*_CUSTOMER, *_EMAIL) if word != "householdid"),
        "household_id": ("householdid", "household", "familyid", "family"),
        "role": ("role", "relation", "relationship", "position"),
    },
    "consents": {
        "customer_id": (*_CUSTOMER, "id", *_EMAIL),
        "given_at": ("givenat", "consentedat", "consentdate", "consenttimestamp", "consenttime", "optinat",
                     "optindate", "optintime", "statedat", "timestamp", "date", "createdat"),
        "status": ("status", "consentstatus", "consent", "consentgiven", "consented", "optin", "optinstatus",
                   "subscriptionstatus", "granted", "decision"),
        "email_status": EMAIL_STATUS,
        "sms_status": SMS_STATUS,
        "phone_status": ("phoneconsent", "phoneoptin", "callconsent"),
        "post_status": ("postconsent", "postoptin", "directmailoptin"),
        "email_opt_out": EMAIL_OPT_OUT,
        "sms_opt_out": ("smsoptout",),
        "purpose": ("purpose", "consentpurpose", "consenttype", "processingpurpose"),
        "channel": ("channel", "medium", "consentchannel"),
        "lawful_basis": ("lawfulbasis", "legalbasis", "basis"),
        "text_version": ("textversion", "consenttext", "policyversion", "version"),
        "source": ("source", "consentsource", "form", "collectedvia"),
        "proof": ("proof", "evidence", "formid"),
        "confirmed_at": ("confirmedat", "doubleoptinat", "confirmationdate", "doubleoptindate"),
        "expires_on": ("expireson", "expiresat", "expirydate", "validuntil", "expires"),
        "jurisdiction": ("jurisdiction", "legalregion"),
        "signal": ("signal", "gpc", "tcstring", "gppstring", "usprivacy"),
    },
    "traits": {
        "customer_id": (*_CUSTOMER, *_EMAIL),
        "prospect_id": ("prospectid", "prospect", "leadid", "lead", "leadnumber"),
        "trait": ("trait", "traitname", "attribute", "attributename", "property"),
        "value": ("value", "traitvalue", "attributevalue"),
        "source": ("source", "provider", "vendor"),
        "dated": ("dated", "asof", "date", "collectedon", "collectedat"),
        "licence": ("licence", "license", "licenceid", "licenseid"),
        "expires_on": ("expireson", "expiresat", "expirydate", "validuntil", "licenceexpires", "licenseexpires"),
        "purpose": ("purpose", "allowedpurpose"),
    },
    "tickets": {
        "ticket_id": ("ticketid", "ticket", "ticketnumber", "ticketno", "caseid", "casenumber", "conversationid",
                      "supportrequestid"),
        "customer_id": (*_CUSTOMER, "requesterid", "requester", *_EMAIL, "requesteremail"),
        "opened_at": ("openedat", "opened", "ticketcreatedat", "createdat", "created", "createdate", "createdtime",
                      "submittedat", "receivedat", "date"),
        "closed_at": ("closedat", "closed", "resolvedat", "resolved", "solvedat", "closedate", "resolutiontime",
                      "closedtime"),
        "topic": ("topic", "category", "reason", "contactreason", "tickettype", "type", "subject", "tag"),
        "channel": ("channel", "via", "ticketchannel", "source"),
        "order_id": tuple(word for word in _ORDER if word not in ("transactionid", "basketid")),
        "satisfaction": ("satisfaction", "csat", "satisfactionscore", "satisfactionrating", "csatscore", "rating",
                         "score"),
        "text": ("text", "description", "body", "messagetext", "firstmessage", "ticketbody", "ticketdescription"),
    },
    "subscriptions": {
        "subscription_id": ("subscriptionid", "subscription", "subscriptionnumber", "contractid", "membershipid"),
        "customer_id": (*_CUSTOMER, "subscriberid", "subscriber", *_EMAIL),
        "started_on": ("startedon", "startedat", "start", "startdate", "starton", "begins", "begindate", "startat",
                       "activatedat", "createdat", "created"),
        "ended_on": ("endedon", "endedat", "end", "enddate", "endson", "paiduntil", "expireson", "canceledat",
                     "cancelledat", "cancellationdate", "terminatedon"),
        "plan": ("plan", "planname", "planid", "product", "productname", "tier", "subscriptionplan"),
        "period_days": ("perioddays", "period", "billingperiod", "billinginterval", "interval", "intervaldays",
                        "billingcycledays", "billingcycle", "planinterval"),
        "amount": ("amount", "price", "fee", "periodamount", "planamount", "recurringamount", "recurringtotal", "mrr",
                   "total"),
    },
    "messages": {
        "message_id": ("messageid", "sendid", "deliveryid", "emailid", "recipientid", "sendgridmessageid",
                       "smtpid", "mailingid"),
        "customer_id": (*_CUSTOMER, "recipient", "profileid", "subscriberid", "recipientemail", *_EMAIL),
        "sent_at": ("sentat", "sent", "senton", "senttime", "sentdate", "senddate", "sendtime", "sentdatetime",
                    "datesent", "timestampsent"),
        "channel": ("channel", "medium", "messagechannel", "messagetype"),
        "campaign": ("campaign", "campaignname", "campaignid", "flow", "flowname", "flowid", "journey", "programme"),
        "message": ("message", "messagename", "template", "templatename", "templateid", "subject", "emailname",
                    "mailing", "creative"),
        "variant": ("variant", "variation", "variantname", "abtest", "version"),
        "cost": ("cost", "sendcost", "messagecost", "price"),
        "delivered_at": ("deliveredat", "delivered", "deliveredon", "deliverytime", "receivedat"),
        "opened_at": ("openedat", "opened", "openedon", "firstopenedat", "firstopen", "opentime", "opendate", "readat"),
        "clicked_at": ("clickedat", "clicked", "clickedon", "firstclickedat", "firstclick", "clicktime", "clickdate"),
        "unsubscribed_at": ("unsubscribedat", "unsubscribedon", "unsubscribed", "unsubscribetime", "optedoutat",
                            "optoutat"),
        "bounced_at": ("bouncedat", "bounced", "bouncedon", "bouncetime", "failedat"),
        "event": ("event", "eventtype", "eventname", "action", "activity", "status"),
        "occurred_at": ("occurredat", "eventtime", "eventtimestamp", "timestamp", "datetime", "eventdate", "time",
                        "date"),
    },
    "prospects": {
        "prospect_id": ("prospectid", "prospect", "leadid", "lead", "leadnumber"),
        "first_seen_on": ("firstseenon", "firstseenat", "firstseen", "seenon", "leadcreatedat", "leaddate",
                          "createdat", "created", "createdate", "createdon", "signupdate", "date"),
        "channel": ("channel", "leadsource", "source", "acquisitionchannel", "utmsource", "originalsource"),
        "customer_id": (*_CUSTOMER, "convertedcustomerid", "convertedcontactid"),
        "converted_on": ("convertedon", "convertedat", "converteddate", "conversiondate", "becamecustomeron",
                         "becameacustomerdate"),
    },
    "reviews": {
        "review_id": ("reviewid", "review", "reviewnumber"),
        "customer_id": (*_CUSTOMER, "reviewerid", "reviewer", "authorid", *_EMAIL, "revieweremail"),
        "order_id": tuple(word for word in _ORDER if word not in ("transactionid", "basketid")),
        "product_id": (*_PRODUCT, "producthandle", "asin"),
        "rating": ("rating", "stars", "reviewscore", "reviewrating", "score", "starrating"),
        # The day on which it was asked for is not the day on which it was written.
        "reviewed_at": ("reviewedat", "reviewanswertimestamp", "reviewdate", "reviewtime", "submittedat",
                        "reviewcreationdate", "publishedat", "createdat", "created", "timestamp", "date"),
        "text": ("text", "reviewtext", "reviewbody", "body", "comment", "reviewcomment", "reviewcommentmessage",
                 "content", "message", "review"),
    },
    "surveys": {
        "survey_id": ("surveyid", "responseid", "answerid", "surveyresponseid", "feedbackid"),
        "customer_id": (*_CUSTOMER, "respondentid", "respondent", *_EMAIL, "respondentemail"),
        "question": ("question", "questionkind", "questiontype", "surveytype", "survey", "metric", "kind"),
        "score": ("score", "answer", "rating", "value", "response", "points"),
        "scale": ("scale", "scalemax", "maxscore", "maximum", "outof"),
        "answered_at": ("answeredat", "respondedat", "responsedate", "answerdate", "submittedat", "completedat",
                        "createdat", "timestamp", "date"),
        "channel": ("channel", "medium", "via", "collector", "source"),
        "text": ("text", "comment", "comments", "verbatim", "feedback", "reason"),
        "choice": ("choice", "choices", "option", "options", "selected", "selection", "answerchoice", "answeroption"),
        "invitation_id": ("invitationid", "inviteid", "recipientid", "surveyinvitationid"),
    },
    "invitations": {
        "invitation_id": ("invitationid", "inviteid", "surveyinvitationid"),
        "customer_id": (*_CUSTOMER, "inviteeid", "recipient", "respondentid", *_EMAIL),
        "asked_at": ("askedat", "askedon", "invitedat", "invitedon", "invitationdate", "invitationsentat"),
        "survey": ("survey", "surveyname", "questionnaire", "surveyid"),
        "channel": ("channel", "medium", "via"),
    },
    "assignments": {
        "experiment": ("experiment", "experimentname", "experimentid", "experimentkey", "abtest", "abtestname",
                       "testname", "testid", "holdout", "campaign", "campaignname", "campaignid"),
        "customer_id": (*_CUSTOMER, *_EMAIL),
        "anonymous_id": ("anonymousid", "visitorid", "cookieid", "userpseudoid", "distinctid"),
        "household_id": ("householdid", "household", "familyid"),
        "arm": ("arm", "armname", "experimentarm", "variation", "variationid", "variationname", "variationkey",
                "treatment", "treatmentgroup", "testgroup", "controlgroup", "bucket", "variant", "variantname",
                "group", "groupname"),
        "assigned_at": ("assignedat", "assignedon", "assignmentdate", "assignmenttime", "enrolledat", "enrolledon",
                        "randomizedat", "randomisedat", "exposedat", "exposuretime", "firstexposure",
                        "firstexposedat", "experimentviewedat", "timestamp", "createdat", "date"),
        "ends_on": ("endson", "endsat", "enddate", "endedon", "endedat", "experimentend", "validuntil"),
        "propensity": ("propensity", "assignmentprobability", "probability", "armshare", "share", "weight"),
        "cost": ("cost", "costpercontact", "contactcost", "unitcost"),
        "programme": ("programme", "program", "programmename", "programname"),
    },
    "referrals": {
        "referral_id": ("referralid", "referral", "inviteid", "invitationid"),
        "customer_id": ("referrerid", "referrer", "advocateid", "advocate", "referreremail", "advocateemail",
                        "referredby", "inviterid", "inviter", *_CUSTOMER),
        "referred_on": ("referredon", "referredat", "invitedat", "referraldate", "sharedat", "createdat", "created",
                        "date"),
        "channel": ("channel", "medium", "sharedvia", "source"),
        "referred_id": ("referredid", "referredcustomerid", "friendid", "refereeid", "inviteeid", "referred",
                        "friend", "referee", "invitee", "refereeemail", "friendemail"),
        "converted_on": ("convertedon", "convertedat", "conversiondate", "firstorderon", "firstorderdate",
                         "redeemedat"),
    },
    "loyalty": {
        "customer_id": (*_CUSTOMER, *_EMAIL),
        "dated": ("dated", "asof", "snapshotdate", "snapshot", "date", "day", "updatedat", "month"),
        "tier": ("tier", "loyaltytier", "level", "loyaltylevel", "membershiplevel", "vipstatus", "viptier"),
        "points": ("points", "pointsbalance", "loyaltypoints", "balance", "pointbalance", "pointsavailable"),
    },
    "market": {
        "day": ("day", "date", "observedon", "pricedate", "scrapedat"),
        "competitor": ("competitor", "competitorname", "retailer", "seller", "shop", "store"),
        "product_id": _PRODUCT,
        "category": _CATEGORY,
        "price": ("competitorprice", "price", "theirprice", "marketprice", "observedprice"),
        "category_index": ("categoryindex", "marketindex", "demandindex", "index", "searchindex", "trendindex"),
    },
    "products": {
        "product_id": (*_PRODUCT, "id"),
        "product_name": _PRODUCT_NAME,
        "category": _CATEGORY,
        "brand": _BRAND,
        "own_label": ("ownlabel", "isownlabel", "privatelabel", "isprivatelabel", "ownbrand", "isownbrand",
                      "storebrand", "isstorebrand", "housebrand", "eigenmarke"),
        "unit_cost": _UNIT_COST,
        "stock": ("stock", "instock", "stockquantity", "stocklevel", "inventory", "inventoryquantity", "available",
                  "availablequantity", "onhand", "bestand", "lagerbestand"),
    },
    "spend": {
        "day": ("day", "date", "spenddate", "reportdate", "reportingstarts"),
        "channel": ("channel", "acquisitionchannel", "source", "platform", "medium", "network"),
        "amount": ("spend", "adspend", "amountspent", "amountspentusd", "amountspenteur", "cost", "costs", "amount"),
    },
}  # fmt: skip

CONSENT = ("consent", "optin", "optout", "lawfulbasis", "legalbasis", "subscriptionstatus", "doubleoptin")
"""Parts of names that tell that a list is of consents."""

RETURNS = ("returnid", "returnedat", "returndate", "returnreason", "refundid", "refundedat", "refunddate",
           "refundreason", "rmaid", "rma")  # fmt: skip
"""Words of a list of returns. There is no source for it yet; it is named, and left out."""

NOT_THE_DAY = ("ship", "deliver", "due", "limit", "birth", "expir", "approv", "estimat", "updat", "modif", "cancel",
               "refund", "fulfil", "valid", "end", "sent")  # fmt: skip
"""Parts of names of days on which nobody bought: such a column is never taken for the day of the order unasked."""

PEOPLE = ("email", "firstname", "lastname", "gender", "sex", "birthday", "birthdate", "yearbirth", "birthyear", "age",
          "income", "maritalstatus", "education", "city", "zip", "zipcode", "postcode", "phone", "loyalty")  # fmt: skip
"""Words that tell that a list is of people."""
