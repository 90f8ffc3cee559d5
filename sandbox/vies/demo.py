"""Demo data: the numbers of the demo's administrations and of some companies.

Made up, with a right check digit.
"""

from typing import Any

#: number, name, address
NUMBERS = (
    ("NL000099998B57", "Voorbeeldwinkel B.V.", "Dorpsstraat 1\n1234 AB Utrecht"),
    ("NL000099986B68", "Tweede Voorbeeld B.V.", "Dorpsstraat 2\n1234 AB Utrecht"),
    ("BE0000000097", "Voorbeeld België BV", "Korenlei 1\n9000 Gent"),
    ("NL000099995B84", 'Lunchroom "De Kroes" & Zn. B.V.', "Industrieweg 8 b\n3542 AD"),
    ("BE0000000196", "Koffiehuis Voorbeeld BV", "Markt 3\n8000 Brugge"),
    ("DE100000008", "Beispiel Handels GmbH", "Hauptstraße 9\n50667 Köln"),
    ("FR66000000018", "Exemple & Fils SARL", "1 Rue Exemple\n59000 Lille"),
    ("ATU00000024", "Muster e.U.", "Musterplatz 4\n1010 Wien"),
)


def seed(service: Any) -> None:
    """Fill the register."""
    for number, name, address in NUMBERS:
        service.control_add_number(number, name, address)
