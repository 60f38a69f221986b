"""Words of languages: what signs mean, which words need another one behind them. Another language is another row."""

# ruff: noqa: RUF001 - other scripts have letters that look like Latin ones

from dataclasses import dataclass
from typing import Final

_DEFAULT: Final = "en"
# The provider's code for a language, where others are in use.
_SAME: Final = {"nb": "no", "nn": "no"}


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language instead of a sign."""

    yes: str
    no: str
    done: str
    open: str
    red: str
    yellow: str
    green: str
    # With a number of stars and how many there could be.
    stars: str


_WORDS: Final[dict[str, Words]] = {
    "ar": Words("نعم", "لا", "تم", "لم يتم", "أحمر", "أصفر", "أخضر", "{} من {} نجوم"),
    "bg": Words("да", "не", "готово", "предстои", "червено", "жълто", "зелено", "{} от {} звезди"),
    "cs": Words("ano", "ne", "hotovo", "zbývá", "červená", "žlutá", "zelená", "{} z {} hvězdiček"),
    "da": Words("ja", "nej", "færdig", "mangler", "rød", "gul", "grøn", "{} af {} stjerner"),
    "de": Words("ja", "nein", "erledigt", "offen", "rot", "gelb", "grün", "{} von {} Sternen"),
    "el": Words("ναι", "όχι", "έγινε", "εκκρεμεί", "κόκκινο", "κίτρινο", "πράσινο", "{} από {} αστέρια"),
    "en": Words("yes", "no", "done", "open", "red", "yellow", "green", "{} of {} stars"),
    "es": Words("sí", "no", "hecho", "pendiente", "rojo", "amarillo", "verde", "{} de {} estrellas"),
    "fi": Words("kyllä", "ei", "tehty", "avoin", "punainen", "keltainen", "vihreä", "{}/{} tähteä"),
    "fr": Words("oui", "non", "fait", "à faire", "rouge", "jaune", "vert", "{} étoiles sur {}"),
    "he": Words("כן", "לא", "בוצע", "לביצוע", "אדום", "צהוב", "ירוק", "{} מתוך {} כוכבים"),
    "hi": Words("हाँ", "नहीं", "पूरा", "बाकी", "लाल", "पीला", "हरा", "{} / {} सितारे"),
    "hr": Words("da", "ne", "gotovo", "otvoreno", "crveno", "žuto", "zeleno", "{} od {} zvjezdica"),
    "hu": Words("igen", "nem", "kész", "hátravan", "piros", "sárga", "zöld", "{}/{} csillag"),
    "it": Words("sì", "no", "fatto", "da fare", "rosso", "giallo", "verde", "{} stelle su {}"),
    "ja": Words("はい", "いいえ", "完了", "未完了", "赤", "黄", "緑", "星{}/{}"),
    "ko": Words("예", "아니요", "완료", "미완료", "빨강", "노랑", "초록", "별 {}/{}개"),
    "nl": Words("ja", "nee", "gedaan", "open", "rood", "geel", "groen", "{} van {} sterren"),
    "no": Words("ja", "nei", "ferdig", "gjenstår", "rød", "gul", "grønn", "{} av {} stjerner"),
    "pl": Words("tak", "nie", "zrobione", "do zrobienia", "czerwony", "żółty", "zielony", "{} z {} gwiazdek"),
    "pt": Words("sim", "não", "feito", "por fazer", "vermelho", "amarelo", "verde", "{} de {} estrelas"),
    "ro": Words("da", "nu", "făcut", "de făcut", "roșu", "galben", "verde", "{} din {} stele"),
    "ru": Words("да", "нет", "сделано", "осталось", "красный", "жёлтый", "зелёный", "{} из {} звёзд"),
    "sk": Words("áno", "nie", "hotovo", "zostáva", "červená", "žltá", "zelená", "{} z {} hviezdičiek"),
    "sv": Words("ja", "nej", "klart", "återstår", "röd", "gul", "grön", "{} av {} stjärnor"),
    "tr": Words("evet", "hayır", "tamam", "bekliyor", "kırmızı", "sarı", "yeşil", "{}/{} yıldız"),
    "uk": Words("так", "ні", "зроблено", "залишилося", "червоний", "жовтий", "зелений", "{} з {} зірок"),
    "zh": Words("是", "否", "已完成", "未完成", "红", "黄", "绿", "{}/{} 星"),
}

# Behind these a number in brackets is to be read, "Press [1]"; behind all others it is a citation.
_BEFORE_NUMBERS: Final = {
    "ar": "اختر اختاري اضغط اضغطي الخيار الرقم المفتاح رقم زر",
    "cs": "číslo klávesu možnost stiskněte tlačítko volba vyberte zmáčkněte zvolte",
    "da": "knap mulighed nummer tast tryk valg vælg",
    "de": "antworte drück drücke drücken knopf nimm nummer option sage siehe tippe taste tasten wähl wähle wählen",
    "en": (
        "button channel chapter chapters choose dial digit enter hit key number option pick press reply say scene see"
        " select step tap type"
    ),
    "es": "botón elige elija escoge marca marque número opción presiona presione pulsa pulse tecla ver véase",
    "fi": "numero näppäin paina valitse vaihtoehto",
    "fr": "appuie appuyez bouton choisis choisissez composez numéro option sur tape tapez touche voir",
    "he": "אפשרות בחר בחרי הקש הקישי הקישו כפתור לחץ לחצי לחצו מספר מקש",
    "hu": "gomb nyomja nyomd szám válassza válaszd",
    "it": "digita numero opzione premere premi pulsante scegli seleziona tasto vedi",
    "nl": "druk kies knop nummer optie toets typ zie",
    "no": "knapp nummer tast trykk valg velg",
    "pl": "klawisz naciśnij numer opcja opcję przycisk wciśnij wybierz",
    "pt": "aperta aperte botão disque escolha número opção pressione prima tecla",
    "ro": "alege apasă apăsați butonul numărul opțiunea tasta",
    "ru": "вариант выберите кнопку нажми нажмите номер цифру",
    "sv": "alternativ knapp nummer tangent tryck välj",
    "tr": "numara seçenek seçin tuş",
    "uk": "виберіть кнопку натисни натисніть номер оберіть",
}
# Scripts without blanks: what such a word ends with.
_BEFORE_NUMBERS_UNSPACED: Final = {
    "ja": "番号 選択肢 ボタン",
    "th": "กด เลือก หมายเลข",
    "zh": "按 选 选择 输入 按下 按鍵 選 選擇 輸入 号码 选项",
}
# They stand between such a word and the number: "drücken Sie [1]".
_POLITE: Final = {"de": "bitte sie", "en": "please", "es": "usted", "fr": "vous", "pl": "proszę", "pt": "você"}

# Between two numbers of one kind.
_CONJUNCTIONS: Final = {
    "cs": "a nebo",
    "da": "eller og",
    "de": "oder und",
    "en": "and or",
    "es": "o y",
    "fr": "et ou",
    "it": "e o",
    "nl": "en of",
    "pl": "i lub",
    "pt": "e ou",
    "ru": "и или",
    "sv": "eller och",
    "uk": "і та й",
}

# No sentence ends with these, so the next line goes on with it. Not among them: "on", "aus", "auf", "på", "aan" and
# others of which a state may consist, "Light: on".
_LEADING: Final = {
    "cs": "a do i na nad nebo od po pod pro při s u v ve z za že",
    "da": "af at den det eller en et for i med og som ved",
    "de": (
        "als am bei beim das dass dem den der des die eine einem einen einer eines für im in ins ist ihr ihre ihren"
        " oder sind und vom von wenn zum zur zwischen"
    ),
    "en": "a an and are as at by for from if in into is my of or our than that the their to was were with your",
    "es": "a al con de del el en la las los o para por que sin su un una y",
    "fr": "au aux avec ce cette dans de des du en et la le les ou par pour que sans ses son sur sa un une",
    "it": "al alla che con da dal dalla dei del della di e gli i il in la le lo nel nella o per su sul un una",
    "nl": "bij de die dat een en het in met naar of te tot van voor",
    "no": "den det eller en et for i med og som ved",
    "pl": "a dla do i lub na nad o od po pod przy w we z za że",
    "pt": "a ao as com da das de do dos e em na nas no nos o os ou para por que um uma",
    "ro": "a cu de din în la pe și sau un o",
    "ru": "а в во до для за и из или к на над не о об от по под при с со у что",
    "sv": "att den det eller en ett från för i med och som till vid",
    "uk": "а в для до з за і й на над не о об від по під при та у що",
}


def words_of(language: str) -> Words:
    """Return the words of a language, by its code or a tag such as `de-AT`; English ones where there are none."""
    code = language.replace("_", "-").split("-", 1)[0].lower()
    return _WORDS.get(_SAME.get(code, code), _WORDS[_DEFAULT])


def _all(rows: dict[str, str]) -> frozenset[str]:
    return frozenset(word for row in rows.values() for word in row.split())


WORDS_BEFORE_NUMBERS: Final = _all(_BEFORE_NUMBERS)
BEFORE_NUMBERS_UNSPACED: Final = tuple(_all(_BEFORE_NUMBERS_UNSPACED))
CONJUNCTIONS: Final = _all(_CONJUNCTIONS)
POLITE_WORDS: Final = _all(_POLITE)
LEADING_WORDS: Final = _all(_LEADING)
