"""The languages of the provider by their own names, and a sentence in each that a home might hear."""

# ruff: noqa: RUF001 - other scripts have letters that look like Latin ones

from typing import Final

_NATIVE: Final[dict[str, tuple[str, str]]] = {
    "ar": ("العربية", "انتهت الغسالة من الغسيل."),
    "bg": ("Български", "Пералнята приключи."),
    "bn": ("বাংলা", "ওয়াশিং মেশিনের কাজ শেষ হয়েছে।"),
    "cs": ("Čeština", "Pračka doprala."),
    "da": ("Dansk", "Vaskemaskinen er færdig."),
    "de": ("Deutsch", "Die Waschmaschine ist fertig."),
    "el": ("Ελληνικά", "Το πλυντήριο τελείωσε."),
    "en": ("English", "The washing machine has finished."),
    "es": ("Español", "La lavadora ha terminado."),
    "fa": ("فارسی", "کار ماشین لباسشویی تمام شد."),
    "fi": ("Suomi", "Pyykinpesukone on valmis."),
    "fr": ("Français", "Le lave-linge a terminé."),
    "he": ("עברית", "מכונת הכביסה סיימה."),
    "hi": ("हिन्दी", "वॉशिंग मशीन का काम पूरा हो गया है।"),
    "hr": ("Hrvatski", "Perilica rublja je gotova."),
    "hu": ("Magyar", "A mosógép végzett."),
    "id": ("Bahasa Indonesia", "Mesin cuci sudah selesai."),
    "it": ("Italiano", "La lavatrice ha finito."),
    "ja": ("日本語", "洗濯が終わりました。"),
    "ko": ("한국어", "세탁이 끝났습니다."),
    "ms": ("Bahasa Melayu", "Mesin basuh sudah selesai."),
    "nb": ("Norsk bokmål", "Vaskemaskinen er ferdig."),
    "nl": ("Nederlands", "De wasmachine is klaar."),
    "nn": ("Norsk nynorsk", "Vaskemaskina er ferdig."),
    "no": ("Norsk", "Vaskemaskinen er ferdig."),
    "pl": ("Polski", "Pralka skończyła pranie."),
    "pt": ("Português", "A máquina de lavar terminou."),
    "ro": ("Română", "Mașina de spălat a terminat."),
    "ru": ("Русский", "Стиральная машина закончила стирку."),
    "sk": ("Slovenčina", "Práčka doprala."),
    "sl": ("Slovenščina", "Pralni stroj je končal."),
    "sr": ("Српски", "Машина за веш је завршила."),
    "sv": ("Svenska", "Tvättmaskinen är klar."),
    "ta": ("தமிழ்", "சலவை இயந்திரம் வேலையை முடித்துவிட்டது."),
    "th": ("ไทย", "เครื่องซักผ้าทำงานเสร็จแล้ว"),
    "tr": ("Türkçe", "Çamaşır makinesi işini bitirdi."),
    "uk": ("Українська", "Пральна машина закінчила прання."),
    "ur": ("اردو", "واشنگ مشین کا کام مکمل ہو گیا ہے۔"),
    "vi": ("Tiếng Việt", "Máy giặt đã giặt xong."),
    "yue": ("粵語", "洗衣機洗完衫喇。"),
    "zh": ("中文", "洗衣机已经洗完了。"),
}


def language_name(code: str) -> str:
    """Return how a language calls itself; its code where it is not known."""
    name, _ = _NATIVE.get(code, (code, ""))
    return name


def sentence(code: str) -> str | None:
    """Return something to say in a language, None where it is not known."""
    _, text = _NATIVE.get(code, ("", None))
    return text
