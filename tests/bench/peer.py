"""Makes a distributor's database of the size that a figure needs, in seconds.

A thousand products are made by the fixture's own seed; the others are copies of their
rows, which the database makes. What the sync reads of them is the same.
"""

STRIDE = 1_000_000  # between the ids of a row and of its copies
COPY = """
DO $$
DECLARE columns text;
BEGIN
    SELECT string_agg(quote_ident(column_name), ', ') INTO columns
      FROM information_schema.columns
     WHERE table_name = '{table}' AND table_schema = 'public'
       AND column_name NOT IN ('id', 'res_id');
    EXECUTE format(
        'INSERT INTO {table} (id{more}, %s)
         SELECT {table}.id + n * {stride}{values}, %s
           FROM {table}, generate_series({first}, {last}) AS n
          WHERE {table}.id < {stride} AND {where}', columns, columns);
END $$
"""
# An hour to some days ago, so that a second sync reads nothing again.
SPREAD = """
UPDATE product_template
   SET active = true,
       write_date = date_trunc('second', now() AT TIME ZONE 'UTC')
                    - interval '1 hour' - (id % 100000) * interval '30 second'
 WHERE brand_code IS NOT NULL
"""


def multiply(execute, first, last):
    """Copy the seeded products; `execute(sql)` runs a statement and commits."""
    common = {"stride": STRIDE, "first": first, "last": last}
    execute(
        COPY.format(
            table="product_template",
            more="",
            values="",
            where="brand_code IS NOT NULL",
            **common,
        )
    )
    # The pictures: one file, many rows. Only of the first copies, a tenth in all.
    execute(
        COPY.format(
            table="ir_attachment",
            more=", res_id",
            values=f", ir_attachment.res_id + n * {STRIDE}",
            where="res_model = ''product.template'' AND res_field LIKE ''image%%''",
            **common,
        )
    )
    execute(SPREAD)
    execute("ANALYZE product_template")
    execute("ANALYZE ir_attachment")
