package console_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/console"
	"github.com/vedette-edr/vedette/internal/manager/rest"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/manager/user"
)

const (
	person   = "admin"
	password = "correct horse battery"
)

// server is a console over a twin of the manager, with one user.
type server struct {
	*httptest.Server
	twin  *twin
	users *user.Store
	once  string // one-time password of the user admin
}

func newServer(t *testing.T) *server {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &server{twin: newTwin(newWorld(time.Now().UTC())), users: user.New(db, user.Options{Memory: 64})} // KiB: tests need no strong passwords
	if s.once, err = s.users.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	deps := s.twin.deps(s.users)
	deps.Rules, deps.IOCs = newRules(t, db, s.twin.w)
	s.Server = httptest.NewTLSServer(rest.New(rest.Options{Deps: deps, Version: "0.1.0", Console: console.Handler()}).Handler())
	t.Cleanup(s.Close)
	return s
}

// loggedIn is a server whose admin has chosen a password.
func loggedIn(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	if err := s.users.ChangePassword(t.Context(), person, api.PasswordChange{Old: s.once, New: password}); err != nil {
		t.Fatal(err)
	}
	return s
}

// tab is a browser with one page. Anything that the page says went wrong fails
// the test.
type tab struct {
	t   *testing.T
	ctx context.Context
	s   *server
}

func browser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// shared is the one browser of all tests, started by the first of them. Each has
// a context of its own in it, with its own cookies, storage and cache.
var shared struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func() error
}

// TestMain ends the browser behind the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	if shared.stop != nil {
		if err := shared.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the browser:", err)
		}
	}
	os.Exit(code)
}

// startBrowser starts a browser without a window.
func startBrowser(path string) {
	dir, err := os.MkdirTemp("", "browser")
	if err != nil {
		shared.err = err
		return
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.NoFirstRun, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(dir),
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(opts...))
	shared.ctx = ctx
	shared.stop = func() error {
		end, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		err := chromedp.Cancel(end) // waits for the browser, so that its folder can be removed
		cancel()
		return errors.Join(err, os.RemoveAll(dir))
	}
	shared.err = chromedp.Do(ctx)
}

func open(t *testing.T, s *server, width, height int) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("short: no browser")
	}
	path := browser()
	if path == "" {
		t.Skip("no chromium in PATH: apt install chromium")
	}
	if shared.once.Do(func() { startBrowser(path) }); shared.err != nil {
		t.Fatalf("start the browser: %v", shared.err)
	}
	ctx, cancel := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
	b := &tab{t: t, ctx: ctx, s: s}
	messages := chromedp.Console(ctx)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		cancel()
		t.Fatalf("open a tab: %v", err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			// an answer that is an error is the page's to show, and is looked at where it is expected
			if m.Source != "network" && (m.IsException() || m.Type == "error") {
				t.Errorf("the page reports: %s", m)
			}
		}
	})
	t.Cleanup(func() {
		end, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		if err := chromedp.Cancel(end); err != nil {
			t.Logf("close the tab: %v", err)
		}
		cancel()
		reading.Wait()
	})
	return b
}

// run does what it is given within 20 seconds.
func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.picture("failed")
		b.t.Fatalf("browser: %v", err)
	}
}

// picture saves what the page shows when VEDETTE_SCREENS names a folder.
func (b *tab) picture(name string) {
	dir := os.Getenv("VEDETTE_SCREENS")
	if dir == "" || b.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("no picture %s: %v", name, err)
		return
	}
	file := filepath.Join(dir, strings.ReplaceAll(b.t.Name(), "/", "_")+"-"+name+".png")
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Logf("no picture %s: %v", name, err)
	}
}

// until waits for an expression of the page to be true. The page's policy
// forbids evaluation in it, so the expression is sent again and again.
func (b *tab) until(what, js string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		// while a page loads the evaluation may fail; the end of time tells
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+js+")"))
		if ok && err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.picture("failed")
			b.t.Fatalf("%s: never true: %s (%v)\n%s", what, js, err, b.page())
		}
	}
}

// click presses the button of the mouse on what a selector (CSS, or XPath from
// its slashes) finds first, as a person does: when nothing is loading any more
// that could move it, when it has stayed where it is for two looks, and when it
// is on top there.
func (b *tab) click(selector string) {
	b.t.Helper()
	find := "document.querySelector(" + quoted(selector) + ")"
	if strings.HasPrefix(selector, "/") {
		find = "document.evaluate(" + quoted(selector) + ", document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue"
	}
	place := `(() => {
		const el = ` + find + `;
		if (!el || el.disabled || document.querySelector('[aria-label=Loading]')) return null;
		el.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
		const r = el.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		return el.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
	})()`
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	var before []float64
	for {
		// while a page loads the evaluation may fail; the end of time tells
		now, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](place))
		if err == nil && len(now) == 2 && slices.Equal(now, before) {
			b.run(chromedp.MouseClickXY(now[0], now[1]))
			return
		}
		before = now
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.picture("failed")
			b.t.Fatalf("click %s: it is never there, at rest and on top (%v %v)\n%s", selector, now, err, b.page())
		}
	}
}

// page is what the page shows and where, for the message of a failure.
func (b *tab) page() string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + '\nfocus: ' + (document.activeElement?.outerHTML ?? '').slice(0, 200) + '\ndialog: ' + (document.querySelector('dialog[open]')?.innerText ?? 'none') + '\nthe page shows:\n' + document.body.innerText.slice(0, 1500)`))
	if err != nil {
		return err.Error()
	}
	return text
}

// keysUntil presses keys, as often as a person would when a page that is still
// closing a dialog did not take them, until an expression is true.
func (b *tab) keysUntil(what, js string, keys ...string) {
	b.t.Helper()
	for range 4 {
		b.keys(keys...)
		for range 40 {
			if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+js+")")); ok && err == nil {
				return
			}
			<-time.After(25 * time.Millisecond)
		}
	}
	b.until(what, js)
}

// shows waits for a text on the page.
func (b *tab) shows(text string) {
	b.t.Helper()
	b.until("shows "+text, `document.body.innerText.includes(`+quoted(text)+`)`)
}

func quoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(s) + "'"
}

func (b *tab) text(js string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+js+")"))
	if err != nil {
		b.t.Fatalf("browser: %s: %v", js, err)
	}
	return out
}

func (b *tab) keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.run(chromedp.KeyEvent(k))
	}
}

func (b *tab) goTo(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.s.URL + path))
}

// logIn opens a path and logs in there.
func (b *tab) logIn(path string) {
	b.t.Helper()
	b.logInAs(person, path)
}

func (b *tab) logInAs(name, path string) {
	b.t.Helper()
	b.goTo(path)
	b.run(
		chromedp.WaitVisible("#user"), chromedp.SendKeys("#user", name), chromedp.SendKeys("#password", password),
	)
	b.click(`button[type=submit]`)
	b.until("the console is there", `document.querySelector('nav[aria-label=Main]') !== null`)
}

// serve keeps the twin running for a person who looks at it.
var serve = flag.Bool("serve", false, "serve the twin until interrupted, and print where")

func TestServe(t *testing.T) {
	if !*serve {
		t.Skip("for people: go test ./internal/console -run TestServe -serve -timeout 0")
	}
	s := loggedIn(t)
	t.Logf("%s user %s password %q", s.URL, person, password)
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	tick := time.NewTicker(150 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e := *s.twin.w.events[i%len(s.twin.w.events)]
			e.Epoch, e.Sequence = 2, int64(i+1)
			s.twin.live.send(&e)
		}
	}
}

var _ http.Handler = console.Handler()
