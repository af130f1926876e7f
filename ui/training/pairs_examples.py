"""Small example tables for training on pairs."""

from collections.abc import Callable

ROMAN = (
    (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip

NOUNS = """
apple arm baby badge bag ball band bank bath beach bed bench berry bird boat body book bottle bowl box boy
branch bridge brush bus bush cake camp candle car card carpet cat cent chair cherry church circle city class
clock cloud coach coat coin colour copy corner couch country cow cross crowd cup daisy day desk diary dish
doctor dog door dress drum duck duty dwarf ear eagle egg enemy engine eye fairy farm ferry field finger fire
flag flash floor flower fly fox friend frog fruit fuss game garden gate ghost girl glass goat grape guess
guitar hair hammer hand hat head heart hill hobby hook horse hotel house inch jacket jelly jewel job jug key
king kiss kitchen kite lady lake lamp leg lemon letter lily lion list lock lorry lunch machine map march
market mask match melon mile mirror monkey moon mountain mouth nail name neck nest night nose nurse ocean
orange owl page paint pan paper parcel park party patch peach pear pen pencil penny piano picture pig pillow
pitch plane planet plate pocket pony pool porch post puppy purse queen rabbit radish raft rain ranch ring
river road robot rock room rope rose sandwich school seat ship shirt shoe shop sketch sky snack song spider
spoon spy star stitch stone story street student switch table tail tax tent thing toe tower town toy train
tree truck trunk uncle valley van village voice wall wish watch wave web wheel window wing witch word yard
"""
"""Nouns whose plural follows the rules."""


def plural(noun: str) -> str:
    """The regular plural: -ies for a consonant and y, -es after a sibilant, else -s."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "z", "ch", "sh")) else "s")


def roman(number: int) -> str:
    """A number below 400 in Roman numerals."""
    written = ""
    for value, sign in ROMAN:
        written += sign * (number // value)
        number %= value
    return written


def plurals_table() -> str:
    """A CSV table of English nouns and their plurals."""
    return "\n".join(["source,target", *(f"{noun},{plural(noun)}" for noun in NOUNS.split())])


def roman_table() -> str:
    """A CSV table of the numbers from 1 to 399 and their Roman numerals."""
    return "\n".join(["source,target", *(f"{number},{roman(number)}" for number in range(1, 400))])


EXAMPLES: dict[str, Callable[[], str]] = {"roman": roman_table, "plurals": plurals_table}
"""Functions that return the tables; in all of them, each character is a token."""
