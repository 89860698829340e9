# Two exports of a shop, one as DuckDB guesses it right, one that needs help.
awk 'BEGIN {
	print "Customer ID,Order Date,Product,Amount"
	for (i = 0; i < 600; i++) printf "%d,2026-01-%02d 12:00:00,tea,%d.50\n", 10000 + i, i % 28 + 1, i % 40
}' > orders.csv
awk 'BEGIN {
	print "Customer ID,Order Date,Product,Amount"
	for (i = 0; i < 600; i++) printf "%05d,%02d/01/2026 12:00,tea,%d.50\n", i, i % 28 + 1, i % 40
}' > orders-uk.csv
