"""Where simulated people live: towns with region and postal code, and streets, by country."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Land:
    """A country's addresses and telephone numbers; a block is (first digits, digits after them, first number)."""

    towns: tuple[tuple[str, str, str], ...]  # name, region, beginning of the postal code
    streets: tuple[str, ...]
    code: int  # signs of a postal code, the beginning included
    letters: bool = False  # whether two letters follow
    number_first: bool = False  # whether the house number stands before the street
    dialling: str = ""
    mobile: tuple[str, int, int] = ("", 0, 0)  # blocks kept free for fiction, or where hardly a subscriber is
    landline: tuple[str, int, int] = ("", 0, 0)


def _streets(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


_GERMAN_STREETS = _streets(
    "Hauptstraße, Bahnhofstraße, Gartenstraße, Schulstraße, Dorfstraße, Bergstraße, Lindenstraße, Kirchstraße, "
    "Waldstraße, Ringstraße, Schillerstraße, Goethestraße, Mühlweg, Amselweg, Birkenweg, Rosenweg, Am Alten Markt, "
    "Marktplatz, Kirchplatz, Lindenallee, Kastanienallee, Königstraße, Brückenstraße, Wiesengrund, Am Mühlbach, "
    "Josef-Haydn-Straße, Heinrich-Heine-Straße, Uferstraße, Poststraße, Tulpenweg"
)

LANDS: dict[str, Land] = {
    "DE": Land(
        towns=(
            ("Berlin", "Berlin", "10"), ("Hamburg", "Hamburg", "20"), ("München", "Bayern", "80"),
            ("Köln", "Nordrhein-Westfalen", "50"), ("Frankfurt am Main", "Hessen", "60"),
            ("Stuttgart", "Baden-Württemberg", "70"), ("Düsseldorf", "Nordrhein-Westfalen", "40"),
            ("Leipzig", "Sachsen", "04"), ("Dresden", "Sachsen", "01"), ("Hannover", "Niedersachsen", "30"),
            ("Nürnberg", "Bayern", "90"), ("Göttingen", "Niedersachsen", "37"), ("Würzburg", "Bayern", "97"),
            ("Münster", "Nordrhein-Westfalen", "48"), ("Freiburg im Breisgau", "Baden-Württemberg", "79"),
            ("Kiel", "Schleswig-Holstein", "24"), ("Rostock", "Mecklenburg-Vorpommern", "18"),
            ("Erfurt", "Thüringen", "99"), ("Saarbrücken", "Saarland", "66"), ("Passau", "Bayern", "94"),
        ),
        streets=_GERMAN_STREETS, code=5, dialling="49", mobile=("15000", 6, 0), landline=("3023125", 5, 0),
    ),
    "AT": Land(
        towns=(
            ("Wien", "Wien", "1"), ("Graz", "Steiermark", "80"), ("Linz", "Oberösterreich", "40"),
            ("Salzburg", "Salzburg", "50"), ("Innsbruck", "Tirol", "60"), ("St. Pölten", "Niederösterreich", "31"),
            ("Klagenfurt am Wörthersee", "Kärnten", "90"), ("Dornbirn", "Vorarlberg", "68"),
        ),
        streets=_GERMAN_STREETS, code=4, dialling="43", mobile=("6600", 6, 0), landline=("1700", 6, 0),
    ),
    "NL": Land(
        towns=(
            ("Amsterdam", "Noord-Holland", "10"), ("Rotterdam", "Zuid-Holland", "30"), ("Utrecht", "Utrecht", "35"),
            ("'s-Gravenhage", "Zuid-Holland", "25"), ("Groningen", "Groningen", "97"), ("Zwolle", "Overijssel", "80"),
            ("Maastricht", "Limburg", "62"), ("Nijmegen", "Gelderland", "65"), ("Breda", "Noord-Brabant", "48"),
        ),
        streets=_streets(
            "Kerkstraat, Dorpsstraat, Molenstraat, Schoolstraat, Stationsweg, Julianastraat, Wilhelminastraat, "
            "Prinses Beatrixlaan, Lindenlaan, Beukenlaan, Kastanjelaan, Nieuwstraat, Markt, Havenstraat, Tulpstraat, "
            "Burgemeester de Vrieslaan, Van Goghstraat, Rembrandtstraat, Oranjeplein, Vijverweg"
        ),
        code=4, letters=True, dialling="31", mobile=("6100", 5, 0), landline=("2000", 5, 0),
    ),
    "FR": Land(
        towns=(
            ("Paris", "Île-de-France", "750"), ("Lyon", "Auvergne-Rhône-Alpes", "690"),
            ("Marseille", "Provence-Alpes-Côte d'Azur", "130"), ("Toulouse", "Occitanie", "310"),
            ("Nîmes", "Occitanie", "300"), ("Nantes", "Pays de la Loire", "440"), ("Lille", "Hauts-de-France", "590"),
            ("Saint-Étienne", "Auvergne-Rhône-Alpes", "420"), ("Orléans", "Centre-Val de Loire", "450"),
        ),
        streets=_streets(
            "rue de la Paix, rue Victor Hugo, avenue de la République, boulevard Voltaire, place de l'Église, "
            "rue des Écoles, rue du Moulin, chemin des Vignes, avenue Jean Jaurès, rue de la Gare, rue Pasteur, "
            "impasse des Lilas, allée des Tilleuls, rue Saint-Michel, boulevard Gambetta, rue du Château"
        ),
        code=5, number_first=True, dialling="33", mobile=("639", 6, 980_000), landline=("199", 6, 0),
    ),
    "CH": Land(
        towns=(
            ("Zürich", "Zürich", "80"), ("Genève", "Genève", "12"), ("Basel", "Basel-Stadt", "40"),
            ("Bern", "Bern", "30"), ("Lausanne", "Vaud", "10"), ("Luzern", "Luzern", "60"), ("Lugano", "Ticino", "69"),
        ),
        streets=_GERMAN_STREETS, code=4, dialling="41", mobile=("7900", 5, 0), landline=("4400", 5, 0),
    ),
    "PL": Land(
        towns=(
            ("Warszawa", "mazowieckie", "00-"), ("Kraków", "małopolskie", "30-"), ("Łódź", "łódzkie", "90-"),
            ("Wrocław", "dolnośląskie", "50-"), ("Poznań", "wielkopolskie", "60-"), ("Gdańsk", "pomorskie", "80-"),
        ),
        streets=_streets(
            "ul. Długa, ul. Polna, ul. Leśna, ul. Słoneczna, ul. Krótka, ul. Szkolna, ul. Ogrodowa, ul. Lipowa, "
            "ul. Brzozowa, ul. Łąkowa, al. Jana Pawła II, pl. Wolności, ul. Kościuszki, ul. Mickiewicza, ul. Kwiatowa"
        ),
        code=6, dialling="48", mobile=("5000", 5, 0), landline=("2200", 5, 0),
    ),
}  # fmt: skip
