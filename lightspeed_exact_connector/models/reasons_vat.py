"""Why a sale has its VAT treatment, or cannot be right, in words.

The codes are those of ``accounting.vat``; the sentences take the values of its
decisions.
"""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# Parts of a country with VAT rules of their own; others are shown by their ISO code.
AREAS = {
    "XI": _lt("Northern Ireland"),
    "PT-20": _lt("the Azores"),
    "PT-30": _lt("Madeira"),
    "FR-20R": _lt("Corsica"),
    "AT-VALLEYS": _lt("Jungholz or Mittelberg"),
    "IC": _lt("the Canary Islands"),
    "EA": _lt("Ceuta or Melilla"),
    "AX": _lt("the Åland Islands"),
    "DE-BUESINGEN": _lt("Büsingen"),
    "DE-HELGOLAND": _lt("Heligoland"),
    "IT-LIVIGNO": _lt("Livigno"),
    "IT-CAMPIONE": _lt("Campione d'Italia"),
    "GR-69": _lt("Mount Athos"),
}

# Why the VAT cannot be right: every code of ``vat.SUSPICIONS``, to follow a colon.
SUSPICIONS = {
    "eu_zero_without_number": _lt("no VAT was charged, and there is no VAT number"),
    "eu_zero_number_malformed": _lt(
        "no VAT was charged, and VAT number %(vat_number)s is not valid"
    ),
    "eu_zero_number_domestic": _lt(
        "no VAT was charged, and VAT number %(vat_number)s is of the shop's own country"
    ),
    "eu_zero_number_prefix": _lt(
        "no VAT was charged, and VAT number %(vat_number)s is not one of %(area)s"
    ),
    "eu_partly_charged": _lt("VAT was charged on some of the lines only"),
    "eu_business_charged_destination": _lt(
        "a company with VAT number %(vat_number)s was charged %(rate)s, a rate of "
        "%(area)s, and the seller is not registered for OSS"
    ),
    "rate_not_of_home": _lt(
        "the sale is taxed at home, and %(rate)s is not a VAT rate of %(shop_country)s"
    ),
    "rate_of_destination_below_threshold": _lt(
        "%(rate)s of %(area)s was charged, but the seller is not registered for OSS "
        "and sold %(total)s to other EU countries in %(year)s, not more than "
        "%(threshold)s"
    ),
    "rate_not_of_destination": _lt(
        "the sale is taxed at the destination, and %(rate)s is not a VAT rate of "
        "%(area)s"
    ),
    "rate_unknown_at_home": _lt("%(rate)s is not a VAT rate of %(shop_country)s"),
    "oss_registration_missing": _lt(
        "with %(total)s sold to consumers in other EU countries in %(year)s the "
        "threshold of %(threshold)s is exceeded, and the seller is not registered for "
        "OSS"
    ),
    "small_business_charged": _lt(
        "%(rate)s was charged, although the small-business scheme applies"
    ),
    "small_business_zero_abroad": _lt(
        "no VAT was charged, but the sale is taxed at the destination: the "
        "small-business scheme does not cover it"
    ),
    "margin_charged": _lt("VAT was charged on goods under the margin scheme"),
    "gift_card_charged": _lt("VAT was charged on a gift card for any kind of goods"),
    "shop_country_unknown": _lt("the country of the shop is unknown"),
    "charged_outside_eu": _lt("VAT was charged outside the EU"),
}

RATE_UNVERIFIED = _lt(
    "The rate of %(rate)s is newer than the connector's table of VAT rates: check it."
)

# Why a booked sale has its VAT treatment: every code of ``vat.REASONS``.
TREATMENT_REASONS = {
    "domestic": _lt("The goods stay in %(shop_country)s: the sale is taxed there."),
    "domestic_pickup": _lt(
        "The goods were picked up in the shop: the sale is taxed in %(shop_country)s."
    ),
    "domestic_zero": _lt(
        "The goods stay in %(shop_country)s and no VAT was charged: exempt, or at zero."
    ),
    "only_special_lines": _lt(
        "The sale has only gift cards or goods under the margin scheme: no line "
        "carries VAT."
    ),
    "small_business": _lt(
        "The small-business scheme of %(shop_country)s applies: no VAT is charged."
    ),
    "small_business_eu_business": _lt(
        "The small-business scheme of %(shop_country)s applies: the sale to the "
        "company with VAT number %(vat_number)s is exempt, there is no reverse charge."
    ),
    "outside_eu": _lt(
        "The goods go to %(area)s, outside the VAT area of the seller, and no VAT "
        "was charged: export."
    ),
    "eu_business": _lt(
        "The goods go to %(area)s, to a company with VAT number %(vat_number)s, and "
        "no VAT was charged: the customer accounts for it."
    ),
    "eu_business_other_prefix": _lt(
        "The goods go to %(area)s, to a company with VAT number %(vat_number)s of "
        "another EU country, and no VAT was charged: the customer accounts for it."
    ),
    "eu_business_charged_home": _lt(
        "The company with VAT number %(vat_number)s in %(area)s was charged VAT of "
        "%(shop_country)s: the sale is taxed there and is no distance sale."
    ),
    "eu_business_as_consumer": _lt(
        "The company with VAT number %(vat_number)s was treated as a consumer: a "
        "distance sale to %(area)s in the OSS return."
    ),
    "eu_consumer": _lt(
        "A consumer in %(area)s; the seller is registered for OSS: a distance sale, "
        "taxed in %(area)s."
    ),
    "eu_consumer_local": _lt(
        "A consumer in %(area)s; the seller is registered there itself and not for "
        "OSS: taxed in %(area)s, in the return of that country."
    ),
    "eu_consumer_below_threshold": _lt(
        "A consumer in %(area)s; with %(total)s sold to other EU countries in "
        "%(year)s the threshold of %(threshold)s is not exceeded: taxed in "
        "%(shop_country)s."
    ),
    "eu_consumer_small_business": _lt(
        "A consumer in %(area)s; with %(total)s sold to other EU countries in "
        "%(year)s the threshold of %(threshold)s is not exceeded: the small-business "
        "scheme of %(shop_country)s applies."
    ),
}
