// SPDX-License-Identifier: Apache-2.0

//go:build !race

package report_test

import (
	"flag"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/throng-dp/throng/audience/report/browser"
	"github.com/throng-dp/throng/dp/release"
)

var update = flag.Bool("update", false, "rewrite the pictures in docs")

var (
	screen = browser.View{Width: 1280, Height: 800}
	dark   = browser.View{Width: 1280, Height: 800, Dark: true}
	phone  = browser.View{Width: 390, Height: 844}
	paper  = browser.View{Width: 794, Height: 1123, Print: true} // A4 at 96 dots an inch
)

// TestInChromium opens the report as its readers do. Any request, console message,
// exception or dialogue is an error; see package browser.
func TestInChromium(t *testing.T) {
	b := browser.Start(t)
	page := []byte(write(t, sample(t)))
	t.Run("accessible", func(t *testing.T) { accessible(t, b) })
	t.Run("keyboard", func(t *testing.T) { keyboard(t, b, page) })
	t.Run("phone", func(t *testing.T) { fitsPhone(t, b, page) })
	t.Run("pictures", func(t *testing.T) { pictures(t, b, page) })
	t.Run("injection", func(t *testing.T) { injection(t, b) })
	t.Run("budget", func(t *testing.T) { budgetPage(t, b) })
	t.Run("thousand", func(t *testing.T) { thousand(t, b) })
}

// accessible holds a few audiences, of every kind, to the rules: they take long for
// many.
func accessible(t *testing.T, b *browser.Browser) {
	rules := browser.Axe(t)
	few, err := sample(t).Only([]string{"everyone", "bought-christmas", "regulars", "loyal-christmas", "wholesale"})
	if err != nil {
		t.Fatal(err)
	}
	page := []byte(write(t, few))
	p := b.Open(t, page, screen)
	for _, v := range []browser.View{screen, dark, phone, paper} {
		p.Look(v)
		rules.Check(p)
	}
}

// keyboard goes through the page with Tab: first a way past the navigation, then
// every link and region, each to be seen; and opens and closes what can be.
func keyboard(t *testing.T, b *browser.Browser, page []byte) {
	p := b.Open(t, page, screen)
	first := p.Press("\t")
	if first.Text != "Skip to the audiences" || !first.Visible || !first.Outlined {
		t.Errorf("first comes %+v", first)
	}
	want := browser.Eval[int](p, `document.querySelectorAll("a[href], summary, [tabindex='0'], input, button").length`)
	seen := map[string]bool{first.Text: true}
	for range want - 1 {
		f := p.Press("\t")
		if seen[f.Tag+f.Text] {
			t.Errorf("%q has the focus twice", f.Text)
		}
		seen[f.Tag+f.Text] = true
		if !f.Visible || !f.Outlined {
			t.Errorf("nobody sees that %s %q has the focus: %+v", f.Tag, f.Text, f)
		}
	}
	if browser.Eval[bool](p, `document.activeElement.tagName !== "SUMMARY" && !document.activeElement.closest("main")`) {
		t.Error("the last thing that keys reach is not in the page")
	}
	const open = `document.querySelectorAll("details[open]").length`
	before := browser.Eval[int](p, open)
	browser.Eval[bool](p, `document.querySelector("summary").focus(), true`)
	if p.Press("\r"); browser.Eval[int](p, open) != before-1 {
		t.Error("a group does not close by Enter")
	}
	if p.Press(" "); browser.Eval[int](p, open) != before {
		t.Error("a group does not open by Space")
	}
	browser.Eval[bool](p, `document.querySelector("nav a[href='#person']").focus(), true`)
	p.Press("\r")
	if at := browser.Eval[float64](p, `document.getElementById("person").getBoundingClientRect().top`); at < -1 || at > float64(screen.Height) {
		t.Errorf("a link of the navigation leads to where its section is not: %g", at)
	}
}

// fitsPhone: at 390 pixels nothing is cut off or hidden behind a scroll.
func fitsPhone(t *testing.T, b *browser.Browser, page []byte) {
	p := b.Open(t, page, phone)
	browser.Eval[bool](p, `document.querySelectorAll("details").forEach(e => e.open = true), true`)
	if wide := browser.Eval[int](p, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d pixels wide", wide)
	}
	if out := browser.Eval[[]string](p, `[...document.querySelectorAll("main td, main th, main p, main dd, figcaption")].filter(e => !e.closest("thead")).filter(e => {
			const b = e.getBoundingClientRect();
			return b.width > 1 && (b.right > 390.5 || b.left < -0.5 || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline");
		}).slice(0, 5).map(e => e.className + ": " + e.textContent.slice(0, 60))`); len(out) > 0 {
		t.Errorf("beyond the screen: %q", out)
	}
	if hidden := browser.Eval[[]string](p, `[...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute("aria-label"))`); len(hidden) > 0 {
		t.Errorf("hidden behind a scroll: %q", hidden)
	}
	if small := browser.Eval[[]string](p, `[...document.querySelectorAll("main *")].filter(e => e.childElementCount === 0 && e.textContent.trim() && !e.closest("svg, .hide, thead") &&
			parseFloat(getComputedStyle(e).fontSize) < 10.5).slice(0, 5).map(e => e.textContent.slice(0, 40))`); len(small) > 0 {
		t.Errorf("too small to read: %q", small)
	}
}

// pictures compares what a reader sees with the pictures in docs.
func pictures(t *testing.T, b *browser.Browser, page []byte) {
	p := b.Open(t, page, screen)
	for _, c := range []struct {
		file   string
		view   browser.View
		height float64
	}{
		{"docs/report/light.png", screen, 1900}, {"docs/report/dark.png", dark, 1900}, {"docs/report/print.png", paper, 1123}, {"docs/report/phone.png", phone, 2200},
	} {
		p.Look(c.view)
		p.SameAs(c.file, p.Picture(float64(c.view.Width), c.height), *update)
	}
	p.Look(paper)
	if n := p.PDF(); n < 2 || n > 9 {
		t.Errorf("the report prints on %d pages", n)
	}
}

// hostile are labels that would act if they were not only text: inputs 88, 89 and
// 90 of the fault list.
var hostile = []string{
	"</script><img src=x onerror=alert(1)>", `"><svg onload=alert(1)>`, `' onmouseover='alert(1)`, "</title></style><script>alert(1)</script>",
	"javascript:alert(1)", "\u2028\u2029alert(1)//", "{{.}}", "<!--", "]]>", "=HYPERLINK(\"http://throng.invalid\")", "+1", "@x", "\t=1", "＝1+1",
	"\x1b[31mred\x1b]8;;http://throng.invalid\x07link\x1b]8;;\x07", "\u202eevil\u202c", "<a href=http://throng.invalid>x</a>",
	"<meta http-equiv=refresh content='0;url=http://throng.invalid'>", "<base href=http://throng.invalid>", "<iframe src=http://throng.invalid>",
	"<link rel=stylesheet href=http://throng.invalid>", "<form action=http://throng.invalid><button>x", "<style>*{background:url(http://throng.invalid)}",
}

// injection puts such labels everywhere and sees nothing happen, and nothing on
// the page that the template did not put there.
func injection(t *testing.T, b *browser.Browser) {
	const elements = `[...new Set([...document.querySelectorAll("*")].map(e => e.tagName.toLowerCase() + "." + e.getAttributeNames().join(".")))].sort()`
	plain := browser.Eval[[]string](b.Open(t, []byte(write(t, sample(t))), screen), elements)
	r := sample(t)
	relabel(r, func(i int) string { return hostile[i%len(hostile)] + " " + string(rune('a'+i%26)) })
	p := b.Open(t, []byte(write(t, r)), screen)
	browser.Eval[bool](p, `document.querySelectorAll("*").forEach(e => ["mouseover", "click", "focus", "load", "error"].forEach(n => e.dispatchEvent(new Event(n)))), true`)
	known := map[string]bool{}
	for _, e := range plain {
		known[e] = true
	}
	for _, e := range browser.Eval[[]string](p, elements) {
		if !known[e] {
			t.Errorf("<%s> is on the page", e)
		}
	}
	if text := browser.Eval[string](p, "document.body.innerText"); !strings.Contains(text, "</script><img src=x onerror=alert(1)>") {
		t.Error("a label is not shown as it is")
	}
	if url := browser.Eval[string](p, "location.protocol"); url != "file:" {
		t.Errorf("the page went to %s", url)
	}
}

// relabel gives every label of a release another text.
func relabel(r *release.Release, label func(i int) string) {
	n := 0
	next := func() string { n++; return label(n) }
	r.Plan, r.Publisher, r.Who, r.Purpose, r.CodeVersion, r.ID = next(), next(), next(), next(), next(), next()
	r.TimeZone, r.Date, r.ValidUntil, r.Privacy.Covers, r.Changes.Date = next(), next(), next(), next(), next()
	for i := range r.Segments {
		r.Segments[i].Name, r.Segments[i].Description, r.Segments[i].Reason = next(), next(), next()
	}
	for i := range r.Past {
		r.Past[i].Date = next()
	}
	of, by := next(), next()
	for i := range r.Tables {
		table := &r.Tables[i]
		if table.Of != "" {
			table.Of, table.Unit = of, next()
		}
		for k := range table.By {
			table.By[k] = by + table.By[k]
		}
		for c := range table.Cells {
			for k := range table.Cells[c].Key {
				table.Cells[c].Key[k] += next()
			}
		}
	}
}

// budgetPage holds the page of accounts to the same, and moves its slider.
func budgetPage(t *testing.T, b *browser.Browser) {
	page := []byte(writeBudget(t, budget()))
	rules := browser.Axe(t)
	p := b.Open(t, page, screen)
	for _, v := range []browser.View{dark, phone, screen} {
		p.Look(v)
		rules.Check(p)
	}
	const shown = `[...document.querySelectorAll("[data-at]")].filter(e => e.getBoundingClientRect().height > 0).map(e => e.querySelector("b").textContent)`
	at := func(want string) {
		t.Helper()
		if got := browser.Eval[[]string](p, shown); len(got) != 1 || got[0] != "ε\u202f"+want {
			t.Errorf("shown is %q, want ε %s", got, want)
		}
		if says := browser.Eval[string](p, `document.querySelector("input").getAttribute("aria-valuetext")`); !strings.HasPrefix(says, "ε "+want+": ") {
			t.Errorf("a screen reader says %q", says)
		}
		if on := browser.Eval[[]string](p, `[...document.querySelectorAll(".on th")].map(e => e.firstChild.textContent.trim())`); len(on) != 1 || on[0] != want {
			t.Errorf("marked in the table is %q, want %s", on, want)
		}
	}
	at("1")
	p.SameAs("docs/report/budget.png", p.Picture(1280, 1500), *update)
	browser.Eval[bool](p, `document.querySelector("input").focus(), true`)
	if f := p.Press(kb.ArrowRight); f.Tag != "input" || !f.Outlined {
		t.Errorf("the slider does not show that it has the focus: %+v", f)
	}
	at("1.5")
	p.Press(kb.Home)
	at("0.2")
	p.Press(kb.End)
	at("3")
	fitsPhone(t, b, page)
}

// thousand holds a page of 1,000 audiences with 20 cells each, and a past, to 2 s
// of work until it is loaded and laid out: time that other programs took is not
// counted.
func thousand(t *testing.T, b *browser.Browser) {
	r := large(1000)
	r.Privacy = giftShop(t).Privacy
	for i := range r.Segments { // their sizes fall as 1/n, with noise of 24.5
		r.Segments[i].AtLeast["1000"] = math.Round(500*math.Erfc((1000-1e6/float64(i+1))/24.5/math.Sqrt2)) / 1000
	}
	for w := range release.PastMost {
		p := release.Past{ID: "earlier", Date: time.Date(2024, 2, 28-w, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Reach: make([]*release.Size, 1000)}
		for i := range p.Reach {
			c := r.Reach(r.Segments[i].ID)
			p.Reach[i] = &release.Size{Estimate: *c.Estimate, Lower: *c.Lower, Upper: *c.Upper, Unbiased: *c.Unbiased, StdDev: *c.StdDev}
		}
		r.Past = append(r.Past, p)
	}
	r.Changes = release.Changes{Since: "earlier", Date: "2024-02-28"}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	page := []byte(write(t, r))
	if len(page) > 5<<20 {
		t.Errorf("%d bytes", len(page))
	}
	p := b.Open(t, page, screen)
	busy, wall := p.Load()
	if busy > 2*time.Second {
		t.Errorf("kept the browser busy for %v", busy)
	}
	t.Logf("%d bytes, loaded and laid out in %v, of which the page's thread worked %v", len(page), wall, busy)
	p.SameAs("docs/report/thousand.png", p.Picture(1280, 1000), *update)
}
