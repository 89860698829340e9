// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/plan"
)

// segments returns a plan with these entries of segments.
func withSegments(entries string) string {
	return `throng: 1
name: shop
data:
  events:
    orders:
      files: orders.parquet
      person: user_id
      time: event_time
      columns: {category: {type: string}, amount: {type: double}, kind: {type: string}, diagnosis: {type: string}, home_postcode: {type: string}, income: {type: double}, country: {type: string}}
  opt_outs: none
purpose: ads
lookback: 100d
privacy: {account: shop, epsilon: 1, delta: 1e-8}
let:
  spend: orders.sum(o, o.amount)
  patients: orders.exists(o, o.country == "GB")
segments:
` + entries + `
release: [reach]
`
}

// TestSensitiveAudiences are found by taxonomy, names, columns and values; each
// finding says which law is behind it and where it stands.
func TestSensitiveAudiences(t *testing.T) {
	for _, tt := range []struct{ name, entry, want string }{
		{"health by taxonomy", `  - {id: a, taxonomy: ["382"], rule: orders.size() > 0}`, `shop.yaml:18:24: audience a is of the class health by taxonomy 382 (GDPR art. 9(1) and DSA art. 26(3): data concerning health)`},
		{"politics by taxonomy", `  - {id: a, taxonomy: ["1105", "530"], rule: orders.size() > 0}`, "18:32: audience a is of the class politics by taxonomy 530"},
		{"credit", `  - {id: a, taxonomy: ["1394"], rule: orders.size() > 0}`, "class credit by taxonomy 1394 (US special ad categories"},
		{"a name", `  - {id: a, name: New diabetes customers, rule: orders.size() > 0}`, `18:19: audience a is of the class health by the word "diabetes" of its name`},
		{"an id", `  - {id: gay-couples, rule: orders.size() > 0}`, `class sexual_life by the word "gay" of its id`},
		{"a description", `  - {id: a, description: "Likely Muslim households", rule: orders.size() > 0}`, `class religion by the word "muslim" of its description`},
		{"a value", `  - {id: a, rule: 'orders.exists(o, o.category == "Insulin pumps")'}`, `18:19: audience a is of the class health by the word "insulin" of its rule`},
		{"a value in a list", `  - {id: a, rule: 'orders.exists(o, o.category in ["toys", "hiv-tests"])'}`, `the word "hiv" of its rule`},
		{"the beginning of a value", `  - {id: a, rule: 'orders.exists(o, o.category.startsWith("pregnancy"))'}`, `the word "pregnancy" of its rule`},
		{"a let", `  - {id: a, rule: patients}`, `the word "patients" of its rule`},
		{"a value of each", `  - {id: "a-{c}", each: {c: [garden, kosher]}, rule: 'orders.exists(o, o.category == each.c)'}`, `audience a-kosher is of the class religion by the word "kosher" of its id`},
		{"letters in a word", `  - {id: a, name: Gaylord fans and jewelry, rule: 'orders.exists(o, o.category == "cancerous")'}`, ""},
		{"nothing", `  - {id: a, taxonomy: ["1105"], name: Regulars, rule: orders.size() > 3}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := compiled(t, withSegments(tt.entry))
			var got []string
			for i := range p.Findings {
				got = append(got, p.Findings[i].String())
			}
			all := strings.Join(got, "\n")
			if tt.want == "" && all != "" || !strings.Contains(all, tt.want) {
				t.Errorf("found %q, want %q", all, tt.want)
			}
		})
	}
}

func compiled(t *testing.T, text string) *plan.Plan {
	t.Helper()
	f, err := plan.Parse("shop.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTaxonomyIDs: unknown ids, rows without their value and values of rows that
// take none are faults.
func TestTaxonomyIDs(t *testing.T) {
	for id, want := range map[string]string{
		"1105": "", "1": "", "1679": "", "55=GBR": "", "56=GB-SCT": "", "56=CA": "", "57=GBLON": "", "58=501": "", "59=SW1A 1AA": "", "158=cy": "",
		"198": "no id of the IAB Audience Taxonomy", "384": "no id", "1680": "no id", "0": "no id", "01": "no id", "-1": "no id", "7x": "no id",
		"55":      `taxonomy 55 means nothing without a value`,
		"55=":     "is no value of it",
		"55=UK":   "is no value of it",
		"158=cym": "is no value of it",
		"59=a@b":  "is no value of it",
		"1105=GB": "taxonomy 1105 takes no value",
	} {
		_, err := plan.Parse("shop.yaml", []byte(withSegments(fmt.Sprintf("  - {id: a, taxonomy: [%q], rule: orders.size() > 0}", id))))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", id, err, want)
		}
	}
}

// TestTaxonomyOnce: an id has one value, for what buyers read has room for no
// other.
func TestTaxonomyOnce(t *testing.T) {
	for _, ids := range []string{`"1105", "1105"`, `"55=GBR", "55=FRA"`} {
		_, err := plan.Parse("shop.yaml", []byte(withSegments("  - {id: a, taxonomy: ["+ids+"], rule: orders.size() > 0}")))
		if err == nil || !strings.Contains(err.Error(), "is named twice") {
			t.Errorf("%s: %v", ids, err)
		}
	}
}

// TestSensitiveElsewhere: audiences are named in other languages than English, with
// and without their letters' marks; names that mean nothing of the kind are left
// alone.
func TestSensitiveElsewhere(t *testing.T) {
	for name, class := range map[string]string{
		"Schwangere im Norden": "health", "Enfermedades raras": "health", "femmes enceintes": "health", "Personas con cáncer": "health", "doencas cronicas": "health",
		"Gewerkschaftsmitglieder": "union", "sindicato": "union", "électrices": "politics", "electrices": "politics", "Wähler": "politics", "waehler": "politics", "wahler": "politics",
		"musulmans": "religion", "católicos": "religion", "Flüchtlinge": "ethnicity", "fluechtlinge": "ethnicity", "inmigrantes": "ethnicity", "omosessuali": "sexual_life",
		"Vorbestrafte": "criminal", "Minderjährige": "minors", "Arbeitslose": "hardship", "chômeurs": "hardship", "chomeurs": "hardship", "Haushaltseinkommen hoch": "income",
		"tarjeta de credito": "credit", "Stellensuchende": "employment", "locataires": "housing", "empreinte digitale": "biometric",

		"Enceintes Bluetooth": "", "Cristiano Ronaldo": "", "Krankenhaus-Serien": "", "Kundenkarte": "", "politique de retour": "", "livres de cuisine": "", "impressions digital": "",
		"syndicated content": "", "golf handicap": "", "Cristal": "", "Jugendherbergen": "", "zapatos": "", "sala de estar": "", "startsida": "", "menores precios": "", "Asyndeton": "",
	} {
		p := compiled(t, withSegments(fmt.Sprintf("  - {id: a, name: %q, rule: orders.size() > 3}", name)))
		var got []string
		for _, f := range p.Findings {
			got = append(got, f.Class)
		}
		if strings.Join(got, " ") != class {
			t.Errorf("%s: %v, want %q", name, got, class)
		}
	}
}

// TestAdvice: audiences of whoever is left over, and pairs whose difference
// tells of few people, are told of; ordinary plans are left alone.
func TestAdvice(t *testing.T) {
	pair := func(a, b string) string { return "  - {id: a, rule: '" + a + "'}\n  - {id: b, rule: '" + b + "'}" }
	gb := `orders.exists(o, o.country == "GB")`
	for _, tt := range []struct{ name, entries, want string }{
		{"everyone but", pair(gb, `!orders.exists(o, o.country == "GB")`), "audience b says only who is not in it"},
		{"another country", pair(gb, `orders.exists(o, o.country != "GB")`), "audience b says only who is not in it"},
		{"not in a segment", pair(gb, `!in_segment("a")`), "audience b says only who is not in it"},
		{"two exceptions", pair(gb, `!in_segment("a") && !orders.exists(o, o.kind == "x")`), "audience b says only"},
		{"everyone", pair(gb, `true`), ""},
		{"never", pair(gb, `orders.days_since() > 50`), "audience b says only"},
		{"something besides", pair(gb, `orders.size() > 3 && !orders.exists(o, o.kind == "x")`), ""},
		{"place and money", pair(gb, `orders.exists(o, o.home_postcode == "SW1" && o.income > 5.0)`), "audience b asks for home_postcode and income together"},
		{"a place alone", pair(gb, `orders.exists(o, o.home_postcode == "SW1")`), ""},
		{"the same rule", pair(gb, gb), "audiences a and b are nearly the same: their rules are the same"},
		{"one day more", pair(`orders.exists(o, o.days_ago < 30)`, `orders.exists(o, o.days_ago < 31)`), "their rules differ in one number alone, 30 and 31"},
		{"a pound more", pair(`spend > 500.0`, `spend > 501.0`), "differ in one number alone"},
		{"twice as long", pair(`orders.exists(o, o.days_ago < 30)`, `orders.exists(o, o.days_ago < 60)`), ""},
		{"another category", pair(`orders.exists(o, o.category == "a")`, `orders.exists(o, o.category == "b")`), ""},
		{"two numbers", pair(`orders.count(o, o.days_ago < 30) > 1`, `orders.count(o, o.days_ago < 31) > 2`), ""},
		{"but for one group", pair(`orders.size() > 3`, `orders.size() > 3 && !orders.exists(o, o.country == "LI")`), "audience b is a but for one exception (condition 2 of its rule)"},
		{"not lately", pair(`orders.size() > 3`, `orders.size() > 3 && !orders.exists(o, o.days_ago < 30)`), ""},
		{"a further wish", pair(`orders.size() > 3`, `orders.size() > 3 && orders.exists(o, o.country == "GB")`), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(compiled(t, withSegments(tt.entries)).Advice(), "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("advice %q, want %q", got, tt.want)
			}
		})
	}
}
