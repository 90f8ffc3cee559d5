"""Merge a fresh translation template into the addon's i18n folder (see bin/i18n)."""

import sys
from pathlib import Path

import polib

ADDON = "lightspeed_exact_connector"
LANGUAGES = ("nl",)


def main():
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    template = polib.pofile(str(source), wrapwidth=78)
    # Moments would make every export a change.
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        template.metadata.pop(name, None)
    template.metadata["Content-Transfer-Encoding"] = "8bit"
    template.save(str(folder / f"{ADDON}.pot"))
    missing = 0
    for language in LANGUAGES:
        path = folder / f"{language}.po"
        if path.exists():
            translated = polib.pofile(str(path), wrapwidth=78)
        else:
            translated = polib.POFile(wrapwidth=78)
        translated.metadata = {**template.metadata, "Language": language}
        translated.merge(template)
        for entry in translated.obsolete_entries():
            translated.remove(entry)
        for entry in translated:
            # A near match is somebody else's sentence.
            if entry.fuzzy:
                entry.msgstr = ""
                entry.flags.remove("fuzzy")
        # New texts stand where the template has them, not at the end.
        places = {entry.msgid: place for place, entry in enumerate(template)}
        translated.sort(key=lambda entry, places=places: places[entry.msgid])
        translated.save(str(path))
        open_entries = translated.untranslated_entries()
        for entry in open_entries:
            print(f"{language}: {entry.msgid!r}")
        missing += len(open_entries)
    print(f"{len(template)} texts, {missing} without translation")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
