// SPDX-License-Identifier: Apache-2.0

package signal_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/throng-dp/throng/audience/consent/signal"
)

// A tc is what a TC string of version 2 says; encode writes it as the
// specification does.
type tc struct {
	version             int // 2 if zero
	consents, interests []int
	vendors, vendorsLI  []int
	restrictions        [][3]int // purpose, type, vendor
}

type bitWriter struct{ bits []byte }

func (w *bitWriter) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		w.bits = append(w.bits, byte(v>>i&1))
	}
}

func (w *bitWriter) set(members []int, n int) {
	for i := 1; i <= n; i++ {
		w.put(map[bool]int{true: 1}[slices.Contains(members, i)], 1)
	}
}

func (c tc) encode() string {
	var w bitWriter
	version := c.version
	if version == 0 {
		version = 2
	}
	w.put(version, 6)
	w.put(15_000_000_000, 36) // created and updated, in tenths of seconds
	w.put(15_000_000_000, 36)
	w.put(10, 12) // consent management platform, its version, screen
	w.put(1, 12)
	w.put(1, 6)
	w.put(4<<6|13, 12) // EN
	w.put(100, 12)     // vendor list
	w.put(4, 6)        // policy
	w.put(0, 2)
	w.set(nil, 12)
	w.set(c.consents, 24)
	w.set(c.interests, 24)
	w.put(0, 1)
	w.put(3<<6|4, 12) // DE
	for _, v := range [][]int{c.vendors, c.vendorsLI} {
		w.put(1000, 16)
		w.put(0, 1)
		w.set(v, 1000)
	}
	w.put(len(c.restrictions), 12)
	for _, r := range c.restrictions {
		w.put(r[0], 6)
		w.put(r[1], 2)
		w.put(1, 12)
		w.put(0, 1)
		w.put(r[2], 16)
	}
	for len(w.bits)%24 != 0 {
		w.bits = append(w.bits, 0)
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var s strings.Builder
	for i := 0; i < len(w.bits); i += 6 {
		v := 0
		for _, b := range w.bits[i : i+6] {
			v = v<<1 | int(b)
		}
		s.WriteByte(letters[v])
	}
	return s.String()
}

var (
	yes  = tc{consents: []int{1, 2, 3, 4, 7, 9}, vendors: []int{755, 10}}
	full = yes.encode()
)

func TestSignals(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      signal.Strings
		vendor int
		ads    bool
		other  string // purpose, if not ads
	}{
		{"nothing is known", signal.Strings{}, 0, false, ""},
		{"nothing is known, and messages are no ads", signal.Strings{}, 0, true, "marketing_messages"},
		{"friends are no ads", signal.Strings{GPC: "1"}, 0, true, "friend_suggestions"},

		{"consent", signal.Strings{TCF: full}, 0, true, ""},
		{"consent to the vendor", signal.Strings{TCF: full}, 755, true, ""},
		{"another vendor", signal.Strings{TCF: full}, 756, false, ""},
		{"a vendor beyond all", signal.Strings{TCF: full}, 60000, false, ""},
		{"no storage", signal.Strings{TCF: tc{consents: []int{3, 4}}.encode()}, 0, false, ""},
		{"no profile", signal.Strings{TCF: tc{consents: []int{1, 4}}.encode()}, 0, false, ""},
		{"no use of a profile", signal.Strings{TCF: tc{consents: []int{1, 3}}.encode()}, 0, false, ""},
		{"legitimate interest is no consent to profiles", signal.Strings{TCF: tc{consents: []int{1}, interests: []int{3, 4}}.encode()}, 0, false, ""},
		{"the publisher allows no profiles", signal.Strings{TCF: tc{consents: []int{1, 3, 4}, vendors: []int{755}, restrictions: [][3]int{{4, 0, 755}}}.encode()}, 755, false, ""},
		{"the publisher asks for consent, and it is there", signal.Strings{TCF: tc{consents: []int{1, 3, 4}, vendors: []int{755}, restrictions: [][3]int{{4, 1, 755}}}.encode()}, 755, true, ""},
		{"the publisher restricts another vendor", signal.Strings{TCF: tc{consents: []int{1, 3, 4}, vendors: []int{755}, restrictions: [][3]int{{4, 0, 10}}}.encode()}, 755, true, ""},
		{"measurement by consent", signal.Strings{TCF: tc{consents: []int{1, 9}}.encode()}, 0, true, "measurement"},
		{"measurement by legitimate interest", signal.Strings{TCF: tc{consents: []int{1}, interests: []int{9}}.encode()}, 0, true, "measurement"},
		{"no measurement", signal.Strings{TCF: tc{consents: []int{1, 3, 4}}.encode()}, 0, false, "measurement"},
		{"version 1", signal.Strings{TCF: "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"}, 0, false, ""},
		{"version 3", signal.Strings{TCF: tc{version: 3, consents: []int{1, 3, 4}}.encode()}, 0, false, ""},
		{"cut off", signal.Strings{TCF: full[:20]}, 0, false, ""},
		{"cut off within the vendors", signal.Strings{TCF: full[:60]}, 755, false, ""},
		{"a megabyte", signal.Strings{TCF: "C" + strings.Repeat("A", 1<<20)}, 0, false, ""},
		{"a megabyte behind consent", signal.Strings{TCF: full + "." + strings.Repeat("A", 1<<20)}, 0, false, ""},
		{"a line's end within", signal.Strings{TCF: full[:10] + "\r\n" + full[10:]}, 0, false, ""},
		{"not base64", signal.Strings{TCF: "C!!"}, 0, false, ""},

		{"GPP with TCF", signal.Strings{GPP: "DBABM~" + full}, 755, true, ""},
		{"GPP with a refusal", signal.Strings{GPP: "DBABM~" + tc{}.encode()}, 0, false, ""},
		{"GPP names a section that is not there", signal.Strings{GPP: "DBACNY~" + full}, 0, false, ""},
		{"GPP without sections", signal.Strings{GPP: "DBAA"}, 0, false, ""},
		{"GPP of Canada, which is not read", signal.Strings{GPP: "DBABjw~CPX~1YNN"}, 0, false, ""},
		{"GPP with section 99", signal.Strings{GPP: "DBABJD~BAAAAABA"}, 0, false, ""},
		{"GPP with an allowing section and an unknown one", signal.Strings{GPP: "DBACMMA~" + full + "~x"}, 0, false, ""},
		{"GPP with US Privacy", signal.Strings{GPP: "DBABzw~" + full + "~1YNN"}, 0, false, ""}, // sections 5 and 6 by the header
		{"Florida, no opt-out", signal.Strings{GPP: "DBABAs~BQAAAABA"}, 0, false, ""},          // a header that is no header
		{"damaged GPP", signal.Strings{GPP: "DBABN~" + full}, 0, false, ""},

		{"US Privacy, notice given, no opt-out", signal.Strings{USPrivacy: "1YNN"}, 0, true, ""},
		{"US Privacy, opted out", signal.Strings{USPrivacy: "1YYN"}, 0, false, ""},
		{"US Privacy, no notice", signal.Strings{USPrivacy: "1NNN"}, 0, false, ""},
		{"US Privacy does not apply", signal.Strings{USPrivacy: "1---"}, 0, true, ""},
		{"US Privacy, half of it", signal.Strings{USPrivacy: "1Y-N"}, 0, false, ""},
		{"US Privacy, a letter that is none", signal.Strings{USPrivacy: "1Y-X"}, 0, false, ""},
		{"US Privacy in small letters", signal.Strings{USPrivacy: "1ynn"}, 0, false, ""},
		{"US Privacy, version 2", signal.Strings{USPrivacy: "2YNN"}, 0, false, ""},
		{"US Privacy, too long", signal.Strings{USPrivacy: "1YNNN"}, 0, false, ""},

		{"Global Privacy Control", signal.Strings{GPC: "1"}, 0, false, ""},
		{"Global Privacy Control, in words", signal.Strings{GPC: "True"}, 0, false, ""},
		{"Global Privacy Control is off", signal.Strings{GPC: "0"}, 0, true, ""},
		{"Global Privacy Control says something else", signal.Strings{GPC: "maybe"}, 0, false, ""},
		{"the strictest holds", signal.Strings{TCF: full, USPrivacy: "1YYN"}, 0, false, ""},
		{"the strictest holds, the other way round", signal.Strings{TCF: tc{}.encode(), USPrivacy: "1YNN"}, 0, false, ""},
		{"all allow", signal.Strings{TCF: full, USPrivacy: "1YNN", GPC: "false"}, 0, true, ""},
	} {
		purpose := c.other
		if purpose == "" {
			purpose = "ads"
		}
		if got := signal.Allows(&c.s, purpose, c.vendor); got != c.ads {
			t.Errorf("%s: %s allowed is %v", c.name, purpose, got)
		}
	}
}

// header writes the header of a GPP string for one section.
func header(id int) string {
	fibs := []int{1, 2}
	for fibs[len(fibs)-1] < id {
		fibs = append(fibs, fibs[len(fibs)-1]+fibs[len(fibs)-2])
	}
	var w bitWriter
	w.put(3, 6)
	w.put(1, 6)
	w.put(1, 12)
	w.put(0, 1)
	code := make([]byte, len(fibs))
	top := -1
	for i := len(fibs) - 1; i >= 0; i-- {
		if fibs[i] <= id {
			id -= fibs[i]
			code[i] = 1
			top = max(top, i)
		}
	}
	w.bits = append(append(w.bits, code[:top+1]...), 1)
	for len(w.bits)%6 != 0 {
		w.bits = append(w.bits, 0)
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var s strings.Builder
	for i := 0; i < len(w.bits); i += 6 {
		v := 0
		for _, b := range w.bits[i : i+6] {
			v = v<<1 | int(b)
		}
		s.WriteByte(letters[v])
	}
	return s.String()
}

// TestUnitedStates: in each section of the United States, an opt-out of sale,
// sharing or targeted ads, a known child and Global Privacy Control are no
// consent for ads; sections 28 and 99 are unknown, and so is what is damaged.
func TestUnitedStates(t *testing.T) {
	for _, c := range []struct {
		id   int
		text string
		ads  bool
	}{
		{7, "CAAAAAAAAABA.QA", true}, {7, "CVVVkkkkkpFY.YA", false}, {7, "CAAAAAAAAABA.YA", false},
		{8, "BAAAAABA.QA", true}, {8, "BVWSSSVY.YA", false},
		{9, "BAAAABA", true}, {9, "BVWSSVY", false},
		{13, "BAAAAABA", true}, {13, "BVWSSZlY", false},
		{14, "BAAAAABA.QA", true}, {14, "BAAAAABA", true}, {14, "BAAAAABA.YA", false},
		{21, "BAAAAAAAQA.QA", true}, {22, "BAAAAAQA.QA", true}, {22, "BVWSSVWA", false},
		{24, "BQAA.QA", true}, {24, "BQAA.YA", false}, {24, "BVVU.QA", false},
		{25, "BQAA.AAA", true}, {25, "BVVV.kkk", false}, {26, "BQAA", true}, {27, "BQAA.AAA", true}, {27, "BVVV", false},
		{28, "BAAAAABA", false}, {99, "BAAAAABA", false}, {13, "BAAAAAB", false}, {13, "", false},
	} {
		s := signal.Strings{GPP: header(c.id) + "~" + c.text}
		if got := signal.Allows(&s, "ads", 0); got != c.ads {
			t.Errorf("section %d %s: ads allowed is %v", c.id, c.text, got)
		}
	}
}

// FuzzTCF: no string makes it panic or allow what its purposes do not.
func FuzzTCF(f *testing.F) {
	f.Add(full, 755)
	f.Add(tc{consents: []int{1, 3, 4}, vendors: []int{755}, restrictions: [][3]int{{4, 0, 755}}}.encode(), 755)
	f.Add("CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", 0)
	f.Fuzz(func(t *testing.T, text string, vendor int) {
		vendor &= 0xffff
		s := signal.Strings{TCF: text}
		if !signal.Allows(&s, "ads", vendor) {
			return
		}
		// Purposes 1, 3 and 4 stand in bits 152, 154 and 155 of the core.
		for _, at := range []int{152, 154, 155} {
			v := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", text[at/6])
			if v>>(5-at%6)&1 != 1 {
				t.Fatalf("ads are allowed by %q", text)
			}
		}
	})
}

// FuzzGPP: no string makes it panic, and what allows ads allows them again
// beside an opt-out never.
func FuzzGPP(f *testing.F) {
	f.Add("DBABM~" + full)
	f.Add("DBACNY~" + full + "~1YNN")
	f.Add(header(7) + "~CAAAAAAAAABA.QA")
	f.Add(header(27) + "~BQAA.AAA")
	f.Fuzz(func(t *testing.T, text string) {
		s := signal.Strings{GPP: text}
		if signal.Allows(&s, "ads", 0) && signal.Allows(&signal.Strings{GPP: text, GPC: "1"}, "ads", 0) {
			t.Fatal("an opt-out is passed over")
		}
	})
}
