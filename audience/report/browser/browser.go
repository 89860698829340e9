// SPDX-License-Identifier: Apache-2.0

// Package browser opens pages in headless Chromium for tests: as their readers
// do, from a file, with everything watched that a page must not do.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A Browser is one Chromium that belongs to a test.
type Browser struct{ ctx context.Context }

// Start starts Chromium. Where there is none the test is skipped, and in CI it
// fails: `make chromium` installs it.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		Missing(t, "no Chromium on the path: `make chromium` installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		// No name is ever looked up: what the browser itself would ask for is
		// not asked either.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("font-render-hinting", "none"), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has no sandbox for root
	}
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the process is gone, so that its folder can be removed
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &Browser{ctx}
}

// Missing skips a test that lacks a tool, and says so; in CI it fails.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip("SKIPPED, NOT TESTED: " + what)
}

// A View is how somebody looks at a page.
type View struct {
	Width, Height int64
	Dark, Print   bool
}

// A Page is a page that is open.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu     sync.Mutex
	faults []string
}

// Open writes a page to a file, as it would come by mail, opens it, and waits
// until it is laid out. When the test ends, whatever the page was not meant to do
// is an error: a request, a message on the console, an exception, a dialogue.
func (b *Browser) Open(t testing.TB, html []byte, v View) *Page {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, html, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	p := &Page{t: t, ctx: ctx}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, fault := range p.faults {
			t.Errorf("the page did what it must not: %s", fault)
		}
		stop()
		cancel()
	})
	if err := chromedp.Listen(ctx, func(e any) { p.watch(e, "file://"+file) }); err != nil {
		t.Fatal(err)
	}
	call(p, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	p.Look(v)
	p.do(chromedp.Navigate("file://" + file))
	return p
}

// watch notes what a page must not do.
func (p *Page) watch(event any, self string) {
	note := func(what string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.faults = append(p.faults, what)
	}
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Request.URL != self {
			note("requests " + e.Request.URL)
		}
	case *network.EventWebSocketCreated:
		note("opens a socket to " + e.URL)
	case *runtime.EventConsoleAPICalled:
		note("writes to the console (" + string(e.Type) + ")")
	case *runtime.EventExceptionThrown:
		note("throws: " + e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		note("logs: " + e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		note("opens a dialogue: " + e.Message)
		go func() { // the page waits for an answer
			_, _ = chromedp.Call(p.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	case *page.EventFrameAttached:
		note("opens a frame")
	}
}

// Look changes how the page is looked at.
func (p *Page) Look(v View) {
	p.t.Helper()
	media, scheme := "screen", "light"
	if v.Print {
		media = "print"
	}
	if v.Dark {
		scheme = "dark"
	}
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: v.Width, Height: v.Height, DeviceScaleFactor: 1, Mobile: v.Width < 600})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// call runs one command of the browser's protocol on the page.
func call[P, R any](p *Page, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	result, err := chromedp.Call(p.ctx, command, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// Eval returns what an expression comes to in the page; it waits for promises.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

// Press presses a key, such as "\t", and returns what has the focus then.
func (p *Page) Press(key string) Focus {
	p.t.Helper()
	p.do(chromedp.KeyEvent(key))
	return Eval[Focus](p, focused)
}

// A Focus is the element that keys go to.
type Focus struct {
	Tag, Text, Href string
	Outlined        bool // it can be seen that it has the focus
	Visible         bool // it is on the screen
}

const focused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
	return {Tag: e.tagName.toLowerCase(), Text: (e.getAttribute("aria-label") || e.textContent).trim().slice(0, 80), Href: e.getAttribute("href") || "",
		Outlined: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0,
		Visible: b.width > 1 && b.height > 1 && b.right > 0 && b.bottom > 0 && b.left < innerWidth && b.top < innerHeight};
})()`

// Load is how long the page's thread worked until the page was loaded and laid
// out, and how long that took by the clock, with what other programs took.
func (p *Page) Load() (busy, wall time.Duration) {
	p.t.Helper()
	ms := Eval[float64](p, `(() => { document.body.getBoundingClientRect(); return performance.getEntriesByType("navigation")[0].loadEventEnd })()`)
	for _, m := range call(p, performance.GetMetrics, cdp.Empty{}).Metrics {
		if m.Name == "TaskDuration" {
			busy = time.Duration(m.Value * float64(time.Second))
		}
	}
	if busy == 0 {
		p.t.Fatal("the browser does not tell how long it worked")
	}
	return busy, time.Duration(ms * float64(time.Millisecond))
}

// root is the folder of the repository, seen from a package's tests.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	t.Fatal("no go.mod above this folder")
	return ""
}
