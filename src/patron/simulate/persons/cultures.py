"""The words that simulated names are made of, culture by culture.

A tenth to a fifth of a culture's people have one of its common family names; the others' are a stem and an ending,
which gives thousands of them, so that two strangers share a whole name about as seldom as they do in a real town.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Culture:
    """What the people of one culture are called; names as they are written at home."""

    name: str
    women: tuple[str, ...]
    men: tuple[str, ...]
    common: tuple[str, ...]  # family names, the most frequent first
    stems: tuple[str, ...]
    endings: tuple[str, ...]
    women_endings: tuple[str, ...] = ()  # where a woman's name ends otherwise, in the order of `endings`


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GERMAN = Culture(
    name="german",
    women=_words(
        "Anna Julia Katrin Sabine Petra Monika Ursula Birgit Claudia Stefanie Nicole Sandra Susanne Heike Andrea Lena "
        "Laura Hannah Mia Emma Leonie Sophie Marie Jana Käthe Bärbel Brigitte Renate Ingrid Helga Ute "
        "Franziska Johanna Clara Elisabeth Theresa Verena Anke"
    ),
    men=_words(
        "Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Günter Stefan Christian Uwe Werner Frank Dieter Matthias "
        "Jörg Björn Sven Lukas Jonas Felix Paul Leon Finn Maximilian Alexander Tobias Sebastian Florian Markus Rüdiger "
        "Holger Ralf Bernd Götz Hans-Peter Karl-Heinz Moritz Jakob Anton"
    ),
    common=_words("Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Groß"),
    stems=_words(
        "Stein Berg Hof Lind Wald Bach Feld Acker Birken Eichen Rosen Sommer Winter Brück Brunn Kirch Mühl Neu Alten "
        "Ober Nieder Wiesen Garten Holz Eber Falken Hirsch Löwen Kron Königs Silber Gold Eisen Kupfer Salz Korn Hafer "
        "Reben Apfel Buchen Erlen Tannen Haber Schön Lang Krumm Roth Weiß Schwarz Grün"
    ),
    endings=_words(
        "mann meier müller huber bauer berger felder brecht hold dorf hausen stätter rieder gruber lehner wirth "
        "häuser bäcker schmied thaler reiter egger höfer kötter brink kamp rath wald heim auer"
    ),
)

ENGLISH = Culture(
    name="english",
    women=_words("Emily Olivia Grace Charlotte Sarah Rebecca Hannah Victoria Elizabeth Margaret Susan Karen Jane Lucy"),
    men=_words("James Oliver William Thomas George Robert John David Andrew Stephen Christopher Matthew Sean Liam"),
    common=_words("Smith Jones Taylor Brown Williams Wilson Evans O'Brien O'Connor McDonald"),
    stems=_words(
        "Ash Bexley Carl Dun East Fair Green Hart Kings Lang Maple Nor Oak Pem Red Stan Thorn Under Wal West Whit Wood "
        "Brad Clay Hol Mill Stock Sut Win Har"
    ),
    endings=_words("ton ley ford well wood worth field bridge ham by stone more land man son croft brook shaw"),
)

FRENCH = Culture(
    name="french",
    women=_words(
        "Camille Léa Manon Chloé Inès Zoé Élodie Amélie Céline Hélène Françoise Sylvie Nathalie Isabelle Anne-Marie "
        "Marie-Claire Juliette Océane Noémie Aurélie"
    ),
    men=_words(
        "Louis Hugo Théo Léo Raphaël Gaël Rémi Jérôme François André Jean-Pierre Jean-Luc Benoît Étienne Frédéric "
        "Guillaume Mathieu Nicolas Antoine Loïc"
    ),
    common=_words("Martin Bernard Dubois Durand Moreau Lefèvre Leroy Roux Lefebvre Mercier"),
    stems=_words(
        "Beau Bel Mont Clair Châtel Ville Roche Gran Fon Cha Vau Ram Pé Gué Cour Bois Val Bou Per Lam Mar Sau Tré Mer "
        "Cré Nau Bru Dela Séné Gar"
    ),
    endings=_words("mont champ vert lieu tier rault din bert chard noir rac gnac sson let dier vin reau port clos say"),
)

SPANISH = Culture(
    name="spanish",
    women=_words("María Carmen Lucía Sofía Ángela Begoña Inés Belén Rocío Concepción Pilar Núria Elena Paula Marta"),
    men=_words("José Jesús Ángel Álvaro Iñaki Andrés Óscar Raúl Martín Joaquín Íñigo Pablo Diego Sergio Javier"),
    common=_words("García Rodríguez Martínez Hernández López González Pérez Sánchez"),
    stems=_words(
        "García_ Rodríguez_ Martínez_ López_ González_ Pérez_ Sánchez_ Muñoz_ Núñez_ Gómez_ Ibáñez_ Jiménez_ Díaz_ "
        "Vázquez_ Domínguez_ Álvarez_ Peña_ Ortiz_ Castro_ Vega_ Rubio_ Molina_ Delgado_ Reyes_"
    ),
    endings=_words(
        "Serrano Blanco Molina Morales Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Iglesias Núñez Medina "
        "Garrido Cortés Castillo Santos Lozano Guerrero Cano Prieto Méndez Cruz Gallego Vidal León Herrera Márquez"
    ),
)

ITALIAN = Culture(
    name="italian",
    women=_words("Giulia Francesca Chiara Sara Martina Valentina Alessia Elisa Paola Noemi Letizia Rosa Lucia"),
    men=_words("Marco Alessandro Luca Matteo Lorenzo Davide Niccolò Giuseppe Antonio Giovanni Salvatore Paolo Stefano"),
    common=_words("Rossi Russo Ferrari Esposito Bianchi Romano D'Angelo De_Luca Dell'Orto Colombo"),
    stems=_words(
        "Ross Bianch Ner Verd Ferr Gall Mor Cav Bell Bon Cast Mont Font Palm Riv San Tom Vitt Zan Pell Mar Gat Lomb "
        "Tosc Pug Sard Ben Cor Fall Guid"
    ),
    endings=_words("ini etti elli oni acci ucci ato ese ano aro otti ardi eri isi ola iero"),
)

DUTCH = Culture(
    name="dutch",
    women=_words("Sanne Fleur Lotte Anouk Femke Maaike Marijke Wilhelmina Iris Eva Noor Roos Ilse Renée Loes Zoë"),
    men=_words("Daan Sem Bram Thijs Jeroen Pieter Willem Joost Maarten Ruud Sjoerd Koen Bas Lars Teun Gijs André"),
    common=_words("de_Jong Jansen de_Vries Bakker Visser Smit Meijer de_Boer Mulder Bos"),
    stems=_words("van_ van_de_ van_den_ van_der_ ter_ ten_ de_ in_'t_ van_'t_ op_den_ 't_"),
    endings=_words(
        "Berg Heuvel Velden Meer Linden Horst Dijk Broek Brink Wal Veen Hof Kamp Molen Zanden Ven Bosch Laan Steen "
        "Hoek Pol Weide Zee Vliet Poel Elst Akker Beek Dam Eijk Graaf Haar Kooi Mark Noort Oever Plas Schans Sluis "
        "Straten Toren Velde Voort Weg Wijk Wouden Zwaag Heijden Pas Giessen Wiel Werf Geest Lee Maat"
    ),
)

POLISH = Culture(
    name="polish",
    women=_words("Katarzyna Agnieszka Małgorzata Joanna Zofia Łucja Bożena Grażyna Elżbieta Paulina Żaneta Alicja"),
    men=_words("Piotr Krzysztof Andrzej Tomasz Paweł Łukasz Michał Stanisław Wojciech Grzegorz Rafał Józef Jakub"),
    common=_words("Nowak Wójcik Woźniak Mazur Krawczyk Zając Król Wróbel Pawlak Dąbek"),
    stems=_words(
        "Kowal Lewand Wiśniew Dąbrow Zieliń Szymań Kozłow Jankow Wojciechow Kwiatkow Piotrow Grabow Nowakow Pawłow "
        "Michal Wieczork Jabłoń Majew Olszew Stępniew Malinow Jawor Ostrow Brzeziń Sobolew Łukaszew Żurow Górn Rutkow "
        "Sikor Baran Kubac Ślusar Czerniew"
    ),
    endings=_words("ski cki iak czyk owicz ecki alski iński ak ewicz"),
    women_endings=_words("ska cka iak czyk owicz ecka alska ińska ak ewicz"),
)

RUSSIAN = Culture(
    name="russian",
    women=_words("Анна Мария Елена Ольга Наталья Светлана Татьяна Екатерина Юлия Ирина Людмила Ксения Жанна Любовь"),
    men=_words("Александр Сергей Дмитрий Алексей Андрей Михаил Иван Юрий Николай Евгений Фёдор Пётр Владимир Артём"),
    common=_words("Чехович Шевченко Бондаренко Коваленко Ткаченко Щербак"),
    stems=_words(
        "Иван Петр Сидор Смирн Кузнец Попов Волк Морозк Лебед Козл Новик Зайц Соловь Виноград Белоус Тарас Жук Щег "
        "Цветк Юр Яков Филип Хар Григор Дмитри Савель Громак Борис Никит Гусар"
    ),
    endings=_words("ов ев ин ский овский енков ихин цев"),
    women_endings=_words("ова ева ина ская овская енкова ихина цева"),
)

PERSIAN = Culture(
    name="persian",
    women=_words("Fatemeh Zahra Maryam Shirin Parisa Nasrin Leila Laleh Mahnaz Khadijeh Aisha Samira Noor Yasmin"),
    men=_words("Mohammad Hossein Ali Reza Mehdi Ahmad Hassan Amir Dariush Farhad Yusuf Omar Khaled Abdollah Ibrahim"),
    common=_words("Mohammadi Hosseini Ahmadi Karimi Rezaei al-Hassan al-Masri Haddad Mousavi"),
    stems=_words(
        "Mohammad Hossein Karim Rahim Hakim Amir Najaf Kazem Ebrahim Esmail Taghi Naghi Bagher Jafar Sadegh Mostafa "
        "Moham Ghasem Shah Mir Haji Abbas Yousef Davoud Khalil Farrokh Golshan Rostam Bahram Jamshid"
    ),
    endings=_words("zadeh pour nejad i far kia manesh doost parast lou abadi vand khani ian"),
)

CULTURES = (GERMAN, ENGLISH, FRENCH, SPANISH, ITALIAN, DUTCH, POLISH, RUSSIAN, PERSIAN)

LIVES_IN: dict[str, tuple[float, ...]] = {
    "DE": (0.76, 0.02, 0.02, 0.02, 0.03, 0.01, 0.05, 0.04, 0.05),
    "AT": (0.80, 0.02, 0.01, 0.01, 0.03, 0.01, 0.03, 0.04, 0.05),
    "NL": (0.05, 0.05, 0.02, 0.02, 0.02, 0.72, 0.03, 0.02, 0.07),
    "FR": (0.03, 0.03, 0.76, 0.05, 0.04, 0.01, 0.02, 0.01, 0.05),
    "CH": (0.50, 0.04, 0.22, 0.03, 0.14, 0.01, 0.01, 0.02, 0.03),
    "PL": (0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.87, 0.05, 0.01),
}
"""Share of each culture in a country, in the order of `CULTURES`."""
