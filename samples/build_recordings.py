"""Builds the sample recordings: two-channel telephone calls, spliced from Asterisk's prompts (see LICENSES.md).

    apt-get install asterisk-core-sounds-en-wav asterisk-core-sounds-ru-wav espeak-ng
    python samples/build_recordings.py [--sounds /usr/share/asterisk/sounds] [--to samples]

Each `<name>.json` says what the call must become, and what is said on each channel, in the words of the packages'
own lists of texts. The readers are professionals in a studio: real calls are harder.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

Samples = NDArray[np.int16]
Side = Literal["operator", "customer"]

RATE_HZ = 8_000
ENGLISH = "en_US_f_Allison"
RUSSIAN = "ru_RU_f_IvrvoiceRU"


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt. `gap_s` is from the end of the line before; below zero, it is spoken into that line."""

    side: Side
    gap_s: float
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    name: str
    voice: str
    language: str
    codec: str
    bit_rate: int | None = None
    operator_channel: int = 0
    lines: tuple[Line, ...] = ()


DIALOGUES = (
    Dialogue(
        "en-wrong-number.wav",
        ENGLISH,
        "en",
        "pcm_s16le",
        lines=(
            Line("operator", 0.4, "dir-welcome", "Welcome to the directory."),
            Line("operator", 0.3, "priv-recordintro", "At the tone, please say your name."),
            Line("customer", 0.9, "tt-somethingwrong", "Something is terribly wrong."),
            Line("operator", 0.5, "privacy-prompt", "Please enter your phone number, starting with the area code."),
            Line("customer", 0.7, "digits/7", "seven"),
            Line("customer", 0.1, "digits/1", "one"),
            Line("customer", 0.1, "digits/4", "four"),
            Line("customer", 0.1, "digits/9", "nine"),
            Line("operator", 0.6, "privacy-incorrect", "I'm sorry, that number is not valid."),
            Line("customer", -0.5, "demo-nomatch", "I'm sorry, there are no matches for those keywords."),
            Line(
                "operator",
                0.6,
                "ss-noservice",
                "The number you have dialed is not in service. Please check the number and try again.",
            ),
            Line("customer", 0.8, "conf-onlyperson", "You are currently the only person in this conference."),
            Line(
                "operator",
                0.4,
                "priv-introsaved",
                "Thank you. Please hold while I attempt to connect you with your party.",
            ),
            Line("customer", 0.4, "auth-thankyou", "Thank you."),
            Line(
                "operator",
                0.8,
                "demo-thanks",
                "Goodbye. Thank you for trying out the Asterisk open source PBX.",
            ),
        ),
    ),
    Dialogue(
        "en-conference.ogg",
        ENGLISH,
        "en",
        "libopus",
        bit_rate=24_000,
        operator_channel=1,
        lines=(
            Line(
                "operator",
                0.5,
                "queue-youarenext",
                "Your call is now first in line and will be answered by the next available representative.",
            ),
            Line(
                "customer",
                0.6,
                "pbx-invalidpark",
                "I am sorry, there is no call parked on that extension. Please try again.",
            ),
            Line(
                "operator",
                0.7,
                "demo-abouttotry",
                "I am about to attempt an Inter-Asterisk Exchange connection to a demonstration server located at "
                "Digium. In order for this to work you must already be connected to the Internet. Please wait a moment "
                "while I attempt to make the connection.",
            ),
            Line("customer", -7.0, "auth-thankyou", "Thank you."),
            Line("customer", 6.6, "conf-noempty", "No empty conferences currently exist."),
            Line(
                "operator",
                0.5,
                "conf-onlyone",
                "There is currently one other participant in the conference.",
            ),
            Line("customer", 0.5, "conf-leaderhasleft", "The leader has left the conference."),
            Line("operator", -0.4, "conf-waitforleader", "The conference will begin when the leader arrives."),
            Line("customer", 1.0, "conf-nonextended", "The conference cannot be extended."),
            Line("operator", 0.6, "conf-placeintoconf", "You will now be placed into the conference."),
            Line("customer", 0.5, "auth-thankyou", "Thank you."),
        ),
    ),
    Dialogue(
        "ru-ozhidanie.mp3",
        RUSSIAN,
        "ru",
        "libmp3lame",
        bit_rate=32_000,
        lines=(
            Line(
                "operator",
                0.4,
                "tt-allbusy",
                "В данный момент все операторы заняты. Пожалуйста, оставайтесь на линии, ваш вызов будет принят в "
                "порядке очереди.",
            ),
            Line(
                "customer",
                0.7,
                "pbx-invalidpark",
                "Извините, припаркованный вызов по данному номеру не найден.",
            ),
            Line("operator", 0.6, "privacy-prompt", "Введите ваш номер телефона, начиная с кода территории."),
            Line("customer", 0.6, "digits/9", "девять"),
            Line("customer", 0.1, "digits/7", "семь"),
            Line("customer", 0.1, "digits/3", "три"),
            Line("operator", 0.6, "privacy-incorrect", "Извините, это неверный номер."),
            Line(
                "customer",
                -0.4,
                "ss-noservice",
                "Набранный вами номер отключён. Проверьте номер и повторите попытку.",
            ),
            Line(
                "operator",
                0.8,
                "queue-youarenext",
                "Ваш звонок является первым в очереди и будет обслужен первым доступным оператором.",
            ),
            Line("customer", 0.5, "conf-onlyperson", "Вы являетесь первым участником конференции."),
            Line(
                "operator",
                0.5,
                "priv-introsaved",
                "Спасибо. Оставайтесь на линии. Происходит соединение с абонентом.",
            ),
            Line("customer", 0.4, "auth-thankyou", "Спасибо."),
            Line(
                "operator",
                0.9,
                "demo-thanks",
                "До свидания! Благодарим за пробную эксплуатацию программы ай-пи телефонной станции Астериск.",
            ),
        ),
    ),
    Dialogue(
        "ru-spravochnaya.m4a",
        RUSSIAN,
        "ru",
        "aac",
        bit_rate=32_000,
        operator_channel=1,
        lines=(
            Line("operator", 0.5, "dir-welcome", "Добро пожаловать в директорию."),
            Line(
                "customer",
                0.7,
                "demo-nomatch",
                "К сожалению, не найдено соответствие для этих ключевых слов.",
            ),
            Line(
                "operator",
                0.6,
                "demo-enterkeywords",
                "Введите одно или несколько ключевых слов, разделив их между собой звёздочкой. И затем нажмите "
                "клавишу решётка.",
            ),
            Line("customer", -3.4, "auth-thankyou", "Спасибо."),
            Line(
                "customer",
                3.4,
                "dir-nomatch",
                "По вашему запросу не найдено ни одной записи в директории.",
            ),
            Line("operator", 0.5, "dir-nomore", "Других аналогичных записей не существует."),
            Line(
                "customer",
                0.8,
                "privacy-unident",
                "Набранный вами абонент не отвечает на звонки с неопределяемыми номерами.",
            ),
            Line(
                "operator",
                0.5,
                "demo-abouttotry",
                "Сейчас будет предпринята попытка подключения телефонного узла интер-астериск к демонстрационному "
                "серверу, расположенному в Дигиум. Для начала работы вам необходимо подключиться к интернет. "
                "Пожалуйста, подождите, осуществляется соединение.",
            ),
            Line("customer", 0.6, "conf-leaderhasleft", "Руководитель покинул конференцию."),
            Line("operator", 0.5, "conf-waitforleader", "Конференция начнётся после прихода её инициатора."),
            Line("customer", 0.4, "auth-thankyou", "Спасибо."),
        ),
    ),
)

UZBEK = (
    ("operator", "Assalomu alaykum, mijozlarga xizmat ko'rsatish markazi, sizga qanday yordam bera olaman?"),
    ("customer", "Vaalaykum assalom. Men kecha sizlardan muzlatgich sotib olgandim, lekin u ishlamayapti."),
    ("operator", "Tushundim, buyurtma raqamini ayta olasizmi? Hozir tekshirib ko'raman, bir daqiqa kutib turing."),
    ("customer", "Raqami bir yuz yigirma besh. Pulni qaytarib berasizlarmi yoki almashtirib berasizlarmi?"),
    ("operator", "Ertaga soat o'n birda usta boradi, manzilingizni tasdiqlab bering, iltimos."),
    ("customer", "Toshkent shahri, Chilonzor tumani. Rahmat, kutaman."),
)


def decoded(source: str | io.BytesIO) -> Samples:
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    pieces: list[AudioFrame] = []
    with av.open(source, "r") as container:
        for frame in container.decode(audio=0):
            pieces += resampler.resample(frame)
    pieces += resampler.resample(None)
    return np.concatenate([piece.to_ndarray().ravel() for piece in pieces]).astype(np.int16)


def mixed(placed: list[tuple[int, float, Samples]], seed: int) -> Samples:
    """(2, n): each prompt on its channel from its second on, over the faint noise of a line."""
    length = max(round(start * RATE_HZ) + len(samples) for _, start, samples in placed) + RATE_HZ // 2
    noise = np.random.default_rng(seed).normal(0, 6, (2, length))
    for channel, start, samples in placed:
        at = round(start * RATE_HZ)
        noise[channel, at : at + len(samples)] += samples
    return np.clip(noise, -32768, 32767).astype(np.int16)


def write(path: Path, stereo: Samples, codec: str, bit_rate: int | None) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000 if codec == "libopus" else RATE_HZ)
        assert isinstance(stream, AudioStream)
        stream.codec_context.layout = "stereo"
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        interleaved = np.ascontiguousarray(stereo.T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(interleaved, format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        resampler = AudioResampler(
            format=stream.codec_context.format,
            layout="stereo",
            rate=stream.codec_context.sample_rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def build_dialogue(dialogue: Dialogue, sounds: Path, to: Path) -> None:
    placed: list[tuple[int, float, Samples]] = []
    now = 0.0
    for line in dialogue.lines:
        samples = decoded(str(sounds / dialogue.voice / f"{line.prompt}.wav"))
        channel = dialogue.operator_channel if line.side == "operator" else 1 - dialogue.operator_channel
        start = now + line.gap_s
        placed.append((channel, start, samples))
        now = start + len(samples) / RATE_HZ
    write(to / dialogue.name, mixed(placed, len(dialogue.name)), dialogue.codec, dialogue.bit_rate)
    texts = {
        side: " ".join(line.text for line in dialogue.lines if line.side == side) for side in ("operator", "customer")
    }
    operator = dialogue.operator_channel
    describe(
        to / dialogue.name,
        stage="analyzed",
        language=dialogue.language,
        operator_channel=operator,
        channels=[texts["operator" if channel == operator else "customer"] for channel in (0, 1)],
    )


def build_uzbek(to: Path) -> None:
    """Synthetic speech, and poor: it stands for a language the embedded recogniser cannot write down."""
    placed: list[tuple[int, float, Samples]] = []
    now = 0.5
    for side, text in UZBEK:
        voice = "uz+f2" if side == "operator" else "uz+m3"
        wav = subprocess.run(  # noqa: S603 -- our own words
            ["espeak-ng", "-v", voice, "-s", "150", "--stdout", text],  # noqa: S607
            check=True,
            capture_output=True,
        ).stdout
        samples = decoded(io.BytesIO(wav))
        placed.append((0 if side == "operator" else 1, now, samples))
        now += len(samples) / RATE_HZ + 0.6
    path = to / "uzbek-unsupported.ogg"
    write(path, mixed(placed, 1), "libopus", 24_000)
    describe(path, stage="skipped", reason="unsupported_language", language="uz", operator_channel=0, is_synthetic=True)


def build_bad_ones(to: Path) -> None:
    (to / "not-audio.mp3").write_text("This is a letter, not a recording.\n" * 40, encoding="utf-8")
    describe(to / "not-audio.mp3", stage="failed", reason="not_audio")
    (to / "empty.wav").write_bytes(b"")
    describe(to / "empty.wav", stage="failed", reason="empty_file")
    whole = (to / "en-wrong-number.wav").read_bytes()
    (to / "truncated.wav").write_bytes(whole[: len(whole) // 8])
    describe(to / "truncated.wav", stage="failed", reason="truncated")
    write(to / "silence.mp3", mixed([(0, 0.0, np.zeros(RATE_HZ * 12, np.int16))], 2), "libmp3lame", 16_000)
    describe(to / "silence.mp3", stage="skipped", reason="no_speech")


def describe(path: Path, **expected: object) -> None:
    text = json.dumps({"file": path.name, **expected}, ensure_ascii=False, indent=2)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sounds", type=Path, default=Path("/usr/share/asterisk/sounds"))
    parser.add_argument("--to", type=Path, default=Path(__file__).parent)
    arguments = parser.parse_args()
    for dialogue in DIALOGUES:
        build_dialogue(dialogue, arguments.sounds, arguments.to)
    build_uzbek(arguments.to)
    build_bad_ones(arguments.to)


if __name__ == "__main__":
    main()
