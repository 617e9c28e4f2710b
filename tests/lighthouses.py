"""A small corpus in six languages about a congress of lighthouse keepers that never took place.

Two documents give different numbers of visitors; every other fact stands in one document only.
"""

from pathlib import Path

from tests.fakes import make_file

KEEPERS, VISITORS, LOW_VISITORS = "seven keepers", "4 200 visiteurs", "3,900 visitors"

TEXTS: dict[str, tuple[str, dict[str, str], str]] = {
    "programme": (
        "fr",
        {"title": "Programme du congrès des phares", "publisher": "Comité des phares", "date": "2031-03-02"},
        "Le congrès des gardiens de phare s'est tenu à Port-Elin du 3 au 5 juin 2031.\n\n"
        "La ministre de la Mer, Odile Kervran, a ouvert le congrès devant les gardiens réunis. "
        "Le banquet de clôture a été servi dans la halle aux poissons.",
    ),
    "gazette": (
        "fr",
        {"title": "Bilan du congrès des phares", "publisher": "La Gazette d'Elin", "date": "2031-06-07"},
        "Le congrès des phares a accueilli 4 200 visiteurs à Port-Elin. "
        "Les hôteliers de la ville se disent satisfaits de la saison.",
    ),
    "harbour-news": (
        "en",
        {"title": "After the lighthouse congress", "publisher": "Harbour News", "date": "2031-06-09"},
        "The lighthouse congress in Port-Elin welcomed 3,900 visitors. "
        "The fishing fleet returned to sea on the following morning.",
    ),
    "prize": (
        "en",
        {"title": "The keeper's prize", "publisher": "Harbour News", "date": "2031-06-05"},
        "The Silver Lantern prize went to Marta Lindqvist for her study of fog signals. "
        "The jury of the prize had seven keepers from five countries.",
    ),
    "next-congress": (
        "en",
        {"title": "The next congress", "publisher": "Keepers' Union", "date": "2031-06-06"},
        "The next congress of lighthouse keepers will take place in Tarvik in September 2033. "
        "The Keepers' Union will publish the call for papers in the autumn.",
    ),
    "restauracion": (
        "es",
        {"title": "La restauración del faro de Cabo Lirio", "publisher": "Diario del Cabo", "date": "2031-05-11"},
        "La restauración del faro de Cabo Lirio costó 2,4 millones de euros. "
        "Las obras fueron dirigidas por la arquitecta Inés Valdemar y duraron catorce meses.",
    ),
    "museum": (
        "ru",
        {"title": "Музей маячных ламп", "publisher": "Вестник маяков", "date": "2030-11-20"},
        "Музей маячных ламп хранит 812 старинных ламп. "
        "Директором музея является историк Павел Снегирёв. "
        "Музей закрыт по понедельникам.",
    ),
    "foghorn": (
        "ar",
        {"title": "صفارة الضباب في رأس النور", "publisher": "جريدة الميناء", "date": "2030-09-14"},
        "صممت المهندسة ليلى الحداد صفارة الضباب في منارة رأس النور. يصل صوت الصفارة إلى مسافة اثني عشر كيلومترا.",
    ),
    "solar-lamp": (
        "zh",
        {"title": "海灯岛灯塔改用太阳能", "publisher": "海岸日报", "date": "2031-01-30"},
        "海灯岛的灯塔从2029年起使用太阳能供电。工程师周海燕设计了新的太阳能灯。灯塔的旧发电机送给了当地的学校。",
    ),
    "keepers-school": (
        "fr",
        {"title": "L'école des gardiens", "publisher": "Comité des phares", "date": "2030-10-01"},
        "L'école des gardiens de phare forme vingt-cinq élèves par an sur l'île de Brumont. "
        "Sa directrice est l'ancienne navigatrice Solène Arvor.",
    ),
}


def write(folder: Path) -> Path:
    """The documents as files below `folder`."""
    for id, (language, head, text) in TEXTS.items():
        path = folder / language / f"{id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make_file(text, id, language=language, **head))
    return folder
