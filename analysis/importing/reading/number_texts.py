"""What stands where a number should: signs behind it ('55 %', '12/27'), words for 'none'."""

from collections.abc import Iterable

from analysis.store.versions.naming import literal

REMARK = "(…)"  # stands for any text in brackets behind a number
SHARE = 0.9  # of a column's texts that must carry the same sign
_PLAIN = (
    "k.A. k.a. n.b. n.v.t. n.d. s/d n.a. n.e. nd nc nr na - -- --- – — ? ?? #NV #N/V #WERT! #REF! "
    "#VALUE! #DIV/0! #N/D #NUM! #¡VALOR! fehlt fehlend missing unknown unbekannt onbekend okänd "
    "desconocido inconnu saknas"
).split()
_SPACED = (
    "k. A.",
    "k. a.",
    "keine Angabe",
    "nicht erhoben",
    "nicht ausgefüllt",
    "not done",
    "not answered",
    "not available",
    "no data",
    "no answer",
    "sin dato",
    "sin datos",
    "no consta",
    "no contesta",
    "non renseigné",
    "niet ingevuld",
    "ej ifyllt",
    "did not attend",
)
# Texts that say 'no answer' among numbers and dates, in any case ('none' may be 0, and '-' a
# category).
MISSING_WORDS = tuple(
    dict.fromkeys(
        form
        for word in (*_PLAIN, *_SPACED)
        for form in (word, word.lower(), word.upper(), word.capitalize())
    )
)
# A number and what stands behind it: a sign, a scale's highest value, or after a space a unit in
# letters. A letter at once behind it makes a code of both ('3b'): a person, a room, a group.
_SIGNED = (
    "([+\u2212-]?(?:\\d+(?:[.,]\\d+)*|[.,]\\d+))"
    "([ \u00a0]*(?:[*]+|[(][^()]*[)]|/ ?\\d{1,3}|[^\\pL\\d\\s.,/+\u2212:()*<>=-][^\\d()*]{0,12})"
    "|[ \u00a0]+\\pL[^\\d()*]{0,12})"
)


def sign_behind(connection, texts: str) -> str:
    """The sign that stands behind nine in ten of a column's numbers, '' for none.

    texts: a table, or a query in brackets, of the distinct texts: `text`, and `n`, the rows that
    hold it. Worked: '55%', '60 %' -> '%'; '12/27', '9/27' -> '/27'; '12 (mild)', '20 (severe)' -> a
    remark in brackets (REMARK), whatever it says; '<5', '3b' -> ''.
    """
    sign = f"regexp_extract(text, {literal('^' + _SIGNED + '$')}, 2)"
    sign = f"regexp_replace({sign}, '^[ \u00a0]*[(].*$', '{REMARK}')"
    signs = connection.execute(
        f"SELECT trim({sign}, ' \u00a0') AS sign, sum(n) FROM {texts} AS texts "
        f"WHERE text IS NOT NULL AND text NOT IN ({listed_words()}) GROUP BY ALL ORDER BY 2 DESC, 1"
    ).fetchall()
    total = sum(n for _, n in signs)
    return next((s for s, n in signs[:1] if s and n >= SHARE * total), "")


def without_sign(text: str, sign: str) -> str:
    """SQL: the text without the sign behind it ('' for none)."""
    if not sign:
        return text
    if sign == REMARK:
        return f"regexp_replace({text}, '[ \u00a0]*[(][^()]*[)]$', '')"
    end = f"ends_with({text}, {literal(sign)})"
    shorter = f"rtrim(left({text}, length({text}) - {len(sign)}), ' \u00a0')"
    return f"CASE WHEN {end} THEN {shorter} ELSE {text} END"


# As accounts write what is below zero.
_BRACKETED = "\\([ \u00a0]*[€$£]?[ \u00a0]*\\d[\\d.,' \u00a0]*\\)"


def in_brackets(text: str) -> str:
    """SQL: whether the text is a number in brackets: '(16)', '(€ 1.200,50)'."""
    return f"regexp_full_match({text}, {literal(_BRACKETED)})"


def without_brackets(text: str) -> str:
    """SQL: a number in brackets as one below zero, any other text as it is: '(16)' -> '-16'."""
    inner = f"regexp_replace({text}, '[()€$£ \u00a0]', '', 'g')"
    return f"CASE WHEN {in_brackets(text)} THEN '-' || {inner} ELSE {text} END"


def listed_words(words: Iterable[str] = MISSING_WORDS) -> str:
    """The words as an SQL list."""
    return ", ".join(map(literal, words))
