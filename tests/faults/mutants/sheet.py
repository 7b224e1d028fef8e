"""What comes in as a sheet, pictures and a zip: every mistake is found, and nothing hostile gets through."""

from tests.faults.mutants.kinds import Edit, Mutation

LINE = "mints/sheet/line.py"
CELLS = "mints/sheet/cells.py"
READER = "mints/sheet/reader.py"
ARCHIVE = "mints/archive.py"
PICTURES = "mints/pictures.py"
SVG = "mints/svg.py"
ROWS = "tests/mints/test_sheet.py::"
FILES = "tests/mints/test_sheet_files.py::"
DRAWN = "tests/mints/test_pictures.py::"
ZIPS = "tests/mints/test_archive.py::"

SHEETS = (
    Mutation(
        "sheet-bad-row-no-item",
        "a row with a mistake is no item",
        [Edit(READER, "        if not line.mistakes:", "        if row:")],
        [
            f"{ROWS}test_everything_wrong_with_a_row_is_said_at_once",
            f"{FILES}test_a_third_of_three_thousand_rows_is_bad_and_each_is_named",
        ],
    ),
    Mutation(
        "sheet-bad-wallet-no-default",
        "a wallet that cannot be read does not become the default recipient",
        [Edit(LINE, "            return self._bad(Field.RECIPIENT, Kind.WALLET_BAD, cell=shown(written), why=str(error))",
              "            return self._rules.default_recipient or str(error)")],
        [f"{ROWS}test_a_bad_wallet_never_becomes_the_default", f"{ROWS}test_wallets_of_an_evm_are_checked"],
    ),
    Mutation(
        "sheet-names-once",
        "two items of a collection have different names",
        [Edit(LINE, "        return name if other == self._number else", "        return name if other else")],
        [f"{ROWS}test_the_name_is_needed_and_given_once", f"{ROWS}test_names_that_look_the_same_are_the_same"],
    ),
    Mutation(
        "sheet-name-bytes",
        "a compressed NFT's name is measured in bytes",
        [Edit(LINE, "len(name.encode() if self._rules.compressed else name)", "len(name)")],
        [f"{ROWS}test_a_compressed_name_has_32_bytes"],
    ),
    Mutation(
        "sheet-token-ids-once",
        "no token id is asked for twice",
        [Edit(LINE, "self._memory.token_ids.setdefault(token_id, self._number)", "self._number")],
        [f"{ROWS}test_a_token_id_is_given_once"],
    ),
    Mutation(
        "sheet-token-ids-all-or-none",
        "all rows have a token id or none has",
        [Edit(READER, "        if self._memory.token_ids:", "        if not self._memory:")],
        [f"{ROWS}test_all_rows_have_a_token_id_or_none_has"],
    ),
    Mutation(
        "sheet-formulas",
        "a cell that a spreadsheet would run is refused",
        [Edit(CELLS, "if first in _FORMULA and", "if not text and")],
        [f"{ROWS}test_formulas_are_refused", f"{ROWS}test_a_header_is_checked_as_a_cell"],
    ),
    Mutation(
        "sheet-rows-bounded",
        "reading ends at the limit of rows",
        [Edit(READER, "        if self._sheet.count == self._rules.limits.rows:", "        if self._sheet.count < 0:")],
        [f"{FILES}test_more_rows_than_are_allowed", f"{FILES}test_fifty_thousand_rows_are_allowed"],
    ),
    Mutation(
        "sheet-quotes-end-it",
        "behind an open quotation mark no row has its number, and nothing is read",
        [Edit("mints/sheet/csv_file.py", "chain(begin, self._lines), delimiter=delimiter, strict=True",
              "chain(begin, self._lines), delimiter=delimiter")],
        [f"{FILES}test_a_quotation_mark_out_of_place_ends_the_reading"],
    ),
    Mutation(
        "metadata-links-escaped",
        "a link leads to a picture whatever its name is",
        [Edit("mints/metadata.py", "quote(self.name, safe='')", "self.name")],
        ["tests/mints/test_metadata.py::test_a_link_leads_to_names_of_all_kinds"],
    ),
    Mutation(
        "metadata-same-bytes",
        "the same facts give the same bytes, and so the same CID",
        [Edit("mints/metadata.py", "sort_keys=True, ", "")],
        ["tests/mints/test_metadata.py::test_the_bytes_are_always_the_same"],
    ),
)  # fmt: skip

PICTURE = (
    Mutation(
        "picture-decoded-whole",
        "a picture that was cut off is refused",
        [Edit(PICTURES, "    image.load()\n    small = image if", "    small = Image.new('L', (1, 1)) if")],
        [f"{DRAWN}test_a_picture_that_was_cut_off"],
    ),
    Mutation(
        "picture-pixels-bounded",
        "a picture with too many pixels is not decoded",
        [Edit(PICTURES, "        if width * height > limits.pixels:", "        if width < 0:")],
        [f"{DRAWN}test_limits_of_bytes_and_pixels"],
    ),
    Mutation(
        "svg-no-doctype",
        "an SVG that could define entities is refused",
        [Edit(SVG, "    parser.StartDoctypeDeclHandler = seen.doctype\n", "")],
        [f"{DRAWN}test_an_svg_with_a_document_type"],
    ),
    Mutation(
        "svg-no-scripts",
        "an SVG with a script is refused",
        [Edit(SVG, "        if local in _ACTIVE:", "        if not local:")],
        [f"{DRAWN}test_an_svg_that_can_run"],
    ),
    Mutation(
        "svg-no-references",
        "an SVG that refers to something outside of it is refused",
        [Edit(SVG, "    if attribute in _REFERENCES and not _INSIDE.match(joined):", "    if not attribute:")],
        [f"{DRAWN}test_an_svg_that_refers_to_others"],
    ),
)  # fmt: skip

ZIP = (
    Mutation(
        "zip-paths-inside",
        "a path that leads out of the zip is refused",
        [Edit(ARCHIVE, "    return named and not absolute and", "    return True or")],
        [f"{ZIPS}test_a_path_that_leads_out", f"{ZIPS}test_a_name_with_a_zero_byte"],
    ),
    Mutation(
        "zip-no-links",
        "a link or a device in a zip is refused",
        [Edit(ARCHIVE, "        yield Refusal.NO_FILE\n", "        pass\n")],
        [f"{ZIPS}test_links_and_devices"],
    ),
    Mutation(
        "zip-ratio",
        "a file that unpacks to far more than it takes is refused",
        [Edit(ARCHIVE, "info.file_size > max(limits.lenient, limits.ratio * info.compress_size)", "info.file_size < 0")],
        [f"{ZIPS}test_a_file_that_is_packed_too_well"],
    ),
    Mutation(
        "zip-contents-bounded",
        "a table of contents larger than its limit is not read",
        [Edit(ARCHIVE, "        if size > self._most:", "        if size > 1 << 40:")],
        [f"{ZIPS}test_a_table_of_contents_that_claims_to_be_large"],
    ),
    Mutation(
        "zip-nothing-left",
        "of a zip that is refused halfway nothing is left",
        [Edit(ARCHIVE, "                undo.callback(path.unlink)\n", "")],
        [f"{ZIPS}test_a_file_that_is_damaged_takes_all_others_with_it"],
    ),
    Mutation(
        "zip-names-once",
        "two files that a row could mean by one name are refused",
        [Edit(ARCHIVE, "first.setdefault(key(entry.name), entry)", "first.setdefault(entry.path, entry)")],
        [f"{ZIPS}test_names_that_differ_in_case_only", f"{ZIPS}test_everything_wrong_is_said_at_once"],
    ),
)  # fmt: skip

MUTATIONS = (*SHEETS, *PICTURE, *ZIP)
