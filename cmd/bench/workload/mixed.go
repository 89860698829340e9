// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"fmt"
	"strings"
)

// Mixed is the name of the workload of rules that are not of W50's kinds: sums
// and counts compared with each other, arithmetic, conditions over two columns,
// distinct, latest, extremes, days, thresholds beyond what small counters hold.
const Mixed = "mixed"

// A mixedRule is written twice, by hand: what it asks in a plan's words, and in
// SQL of aggregates that stand in braces.
type mixedRule struct{ id, cel, sql string }

const (
	buySQL  = `event_type = 'purchase'`
	cartSQL = `event_type = 'cart_add'`
)

// exists, all, count, sum and latest are aggregates in SQL, with what they are
// of nothing. Sums count in millionths, as rules do.
func existsSQL(c string) string { return "{coalesce(bool_or(" + c + "), false)}" }
func allSQL(c string) string    { return "{coalesce(bool_and(coalesce(" + c + ", false)), true)}" }
func countSQL(c string) string  { return "{count(*) FILTER (WHERE " + c + ")}" }
func sumSQL(x, c string) string {
	return "{coalesce(sum(round(" + x + " * 1e6::DOUBLE)::BIGINT) FILTER (WHERE " + c + "), 0)::DOUBLE}"
}
func latestSQL(x string) string {
	return "{max_by(" + x + ", (event_time, " + x + ")) FILTER (WHERE " + x + " IS NOT NULL)}"
}

// sinceSQL is the calendar days from the newest of these to the last day.
func sinceSQL(c string) string {
	return "{coalesce(min(date_diff('day', event_time::DATE, DATE '" + Date + "')) FILTER (WHERE " + c + "), 4611686018427387904)}"
}

var mixedRules = []mixedRule{
	{"bought_more", `bought.sum(e, e.amount) > carted.sum(e, e.amount)`, sumSQL("amount", buySQL) + " > " + sumSQL("amount", cartSQL)},
	{"carted_twice", `carted.sum(e, e.amount) >= bought.sum(e, e.amount) * 2.0 && carted.size() > 0`,
		sumSQL("amount", cartSQL) + " / 1e6 >= " + sumSQL("amount", buySQL) + " / 1e6 * 2.0 AND " + countSQL(cartSQL) + " > 0"},
	{"mostly_india", `events.count(e, e.country == "IN") > events.count(e, e.country != "IN")`, countSQL("country = 'IN'") + " > " + countSQL("country <> 'IN'")},
	{"weekenders", `events.count(e, e.weekday >= 6) > events.count(e, e.weekday < 6)`, countSQL("isodow(event_time) >= 6") + " > " + countSQL("isodow(event_time) < 6")},
	{"weighed", `events.size() * 2 - bought.size() * 15 > 20`, countSQL("true") + " * 2 - " + countSQL(buySQL) + " * 15 > 20"},
	{"basket", `bought.sum(e, e.amount) > double(bought.size()) * 30.0`, sumSQL("amount", buySQL) + " / 1e6 > " + countSQL(buySQL) + "::DOUBLE * 30.0"},
	{"net", `events.sum(e, e.amount * 2.0 - 1.5) > 75.25`, sumSQL("(amount * 2.0::DOUBLE - 1.5::DOUBLE)", "true") + " / 1e6 > 75.25"},
	{"active_often", `events.size() > 40`, countSQL("true") + " > 40"},
	{"opens_often", `events.count(e, e.event_type == "app_open") >= 33`, countSQL("event_type = 'app_open'") + " >= 33"},
	{"businesses", `events.distinct(e, e.business_id) >= 8`, "{count(DISTINCT business_id)} >= 8"},
	{"tastes", `events.filter(e, e.days_ago < 14).distinct(e, e.category) >= 5`, "{count(DISTINCT category) FILTER (WHERE event_time >= TIMESTAMPTZ '2026-03-17 00:00:00+00')} >= 5"},
	{"prices", `events.distinct(e, e.amount) >= 3`, "{count(DISTINCT amount)} >= 3"},
	{"now_in_brazil", `events.latest(e, e.country) == "BR"`, latestSQL("country") + " = 'BR'"},
	{"new_version", `events.latest(e, e.app_version) >= "2.28"`, latestSQL("app_version") + " >= '2.28'"},
	{"last_amount", `events.latest(e, e.amount) >= 40.0`, latestSQL("amount") + " >= 40.0"},
	{"quiet", `events.days_since() >= 10`, sinceSQL("true") + " >= 10"},
	{"bought_lately", `bought.days_since() < 5`, sinceSQL(buySQL) + " < 5"},
	{"one_large", `events.max(e, e.amount) >= 100.0`, "{max(amount)} >= 100.0"},
	{"none_small", `events.min(e, e.amount) > 9.99`, "{min(amount)} > 9.99"},
	{"old_hands", `events.min(e, e.event_time) < as_of - duration("700h")`, "{min(event_time)} < TIMESTAMPTZ '2026-03-31 00:00:00+00' - INTERVAL 700 HOUR"},
	{"either", `events.exists(e, e.event_type == "purchase" && e.amount > 60.0 || e.category == "travel/00" && e.platform == "ios")`,
		existsSQL(buySQL + " AND amount > 60.0 OR category = 'travel/00' AND platform = 'ios'")},
	{"rows_apart", `events.count(e, e.business_id % 7 == 3 && (e.country == "US" || e.platform == "ios")) >= 2`,
		countSQL("business_id % 7 = 3 AND (country = 'US' OR platform = 'ios')") + " >= 2"},
	{"dear", `events.exists(e, e.amount * 10000.0 > double(e.business_id) * 0.5)`, existsSQL("amount * 10000.0::DOUBLE > business_id::DOUBLE * 0.5::DOUBLE")},
	{"faithful", `events.all(e, e.country == "US" || e.event_type != "purchase")`, allSQL("country = 'US' OR event_type <> 'purchase'")},
	{"patterns", `events.exists(e, e.category.startsWith("travel/") && e.app_version.endsWith(".3")) || events.count(e, e.category.contains("oo")) > 4`,
		existsSQL("starts_with(category, 'travel/') AND suffix(app_version, '.3')") + " OR " + countSQL("contains(category, 'oo')") + " > 4"},
	{"depends", `(events.size() > 10 ? events.sum(e, e.amount) : bought.sum(e, e.amount) * 3.0) > 90.0`,
		"CASE WHEN " + countSQL("true") + " > 10 THEN " + sumSQL("amount", "true") + " / 1e6 ELSE " + sumSQL("amount", buySQL) + " / 1e6 * 3.0 END > 90.0"},
	{"known", `has(person.region) && person.language != "en" && in_segment("businesses")`, "region IS NOT NULL AND language <> 'en' AND {count(DISTINCT business_id)} >= 8"},
}

const mixedLets = `  bought: events.filter(e, e.event_type == "purchase")
  carted: events.filter(e, e.event_type == "cart_add")
`

// mixed is the workload: segments in a plan's words and in SQL's.
func mixed() (segments []Segment, cel map[string]string, aggregates []string) {
	cel = map[string]string{}
	known := map[string]int{}
	for _, r := range mixedRules {
		sql := r.sql
		for {
			before, rest, ok := strings.Cut(sql, "{")
			if !ok {
				break
			}
			aggregate, after, _ := strings.Cut(rest, "}")
			n, old := known[aggregate]
			if !old {
				n = len(aggregates)
				known[aggregate] = n
				aggregates = append(aggregates, aggregate)
			}
			sql = before + fmt.Sprintf("a%d", n) + after
		}
		segments = append(segments, Segment{r.id, Rule{SQL: sql}})
		cel[r.id] = r.cel
	}
	return segments, cel, aggregates
}
