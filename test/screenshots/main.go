// Command screenshots takes pictures of the web console of a running manager,
// in dark and light, at two sizes, for docs/screenshots and for the eye:
//
//	go run ./test/screenshots -url https://127.0.0.1:8443 -user admin -password SECRET
//
// With -new the password is a one-time password, which it changes to -new
// first. It opens the alert of the highest severity, the newest among equals,
// unless -alert names another.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

type options struct {
	url, user, password, fresh, alert, out, only string
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "https://127.0.0.1:8443", "address of the manager")
	flag.StringVar(&o.user, "user", "admin", "name")
	flag.StringVar(&o.password, "password", os.Getenv("VEDETTE_PASSWORD"), "password; VEDETTE_PASSWORD when not given")
	flag.StringVar(&o.fresh, "new", "", "change the one-time password to this one first")
	flag.StringVar(&o.alert, "alert", "", "id of the alert to open")
	flag.StringVar(&o.out, "out", "docs/screenshots", "folder for the pictures")
	flag.StringVar(&o.only, "only", "", "only pictures whose name holds this, for example dark-1440")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.password == "" {
		return errors.New("no password: give -password or VEDETTE_PASSWORD")
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	profile, err := os.MkdirTemp("", "screenshots")
	if err != nil {
		return fmt.Errorf("make profile: %w", err)
	}
	defer os.RemoveAll(profile)
	b, stop, err := start(ctx, profile)
	if err != nil {
		return err
	}
	defer stop()
	if err := b.logIn(o); err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	pages, err := b.pages(o)
	if err != nil {
		return err
	}
	for _, size := range [][2]int64{{1440, 900}, {1024, 768}} {
		if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(size[0], size[1])); err != nil {
			return fmt.Errorf("set size: %w", err)
		}
		for _, theme := range []string{"dark", "light"} {
			for _, p := range pages {
				name := fmt.Sprintf("%s-%s-%d", p.name, theme, size[0])
				if !strings.Contains(name, o.only) {
					continue
				}
				if err := b.picture(o.url+p.path, theme, filepath.Join(o.out, name+".png"), p.wait); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				fmt.Println(name)
			}
		}
	}
	return nil
}

type browser struct{ ctx context.Context }

func start(ctx context.Context, profile string) (*browser, func(), error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return nil, nil, errors.New("no chromium in PATH: apt install chromium")
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.NoFirstRun, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.IgnoreCertErrors,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(profile),
	}
	c, cancel := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(opts...))
	if err := chromedp.Do(c, chromedp.EmulateViewport(1440, 900)); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("start %s: %w", path, err)
	}
	return &browser{c}, func() {
		_ = chromedp.Cancel(c) // waits for the end, so that the profile can be removed
		cancel()
	}, nil
}

// until waits for an expression to be true.
func (b *browser) until(js string) error {
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+js+")")); ok && err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText.slice(0, 400)"))
			return fmt.Errorf("never true: %s; the page shows: %s", js, text)
		}
	}
}

func (b *browser) logIn(o options) error {
	err := chromedp.Do(b.ctx, chromedp.Navigate(o.url+"/"), chromedp.WaitVisible("#user"), chromedp.SendKeys("#user", o.user), chromedp.SendKeys("#password", o.password), chromedp.Click("button[type=submit]"))
	if err != nil {
		return err
	}
	if o.fresh != "" {
		err := chromedp.Do(b.ctx, chromedp.WaitVisible("#old"), chromedp.SendKeys("#old", o.password), chromedp.SendKeys("#new", o.fresh), chromedp.SendKeys("#again", o.fresh), chromedp.Click("button[type=submit]"))
		if err != nil {
			return err
		}
	}
	return b.until(`document.querySelector('nav[aria-label=Main]')`)
}

type page struct{ name, path, wait string }

func (b *browser) pages(o options) ([]page, error) {
	id := o.alert
	if id == "" {
		var err error
		id, err = chromedp.Run(b.ctx, chromedp.Evaluate[string](`fetch('/api/v1/alerts?sort=-severity&limit=1').then(r => r.json()).then(l => l.alerts[0] ? l.alerts[0].id : '')`, chromedp.EvalAwaitPromise))
		if err != nil {
			return nil, fmt.Errorf("ask for alerts: %w", err)
		}
	}
	pages := []page{
		{"overview", "/?from=1h", `document.querySelector('section[aria-label="Alerts over time"] canvas')`},
		{"alerts", "/alerts?from=1h&status=all", ""},
		{"hosts", "/hosts?from=1h", `document.querySelector('[role=grid]')`},
		{"search", "/search?from=1h", `document.querySelector('[data-total]')`},
		{"count", "/search?from=1h&by=process.name,event.action", `document.querySelector('[role=grid]')`},
		{"rules", "/rules", `document.querySelector('[role=grid]')`},
		{"iocs", "/iocs", `document.querySelector('#page h1')`},
		{"live", "/live", `document.querySelector('[data-link=open]')`},
	}
	if id == "" {
		fmt.Fprintln(os.Stderr, "screenshots: the manager has no alerts: no pictures of an alert")
		return pages, nil
	}
	event, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`fetch('/api/v1/alerts/`+id+`').then(r => r.json()).then(a => a.event_id || a.finding_id)`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("ask for the alert: %w", err)
	}
	host, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`fetch('/api/v1/alerts/`+id+`').then(r => r.json()).then(a => a.host_id)`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("ask for the alert: %w", err)
	}
	return append(pages,
		page{"alert", "/alerts/" + id + "?from=1h&status=all", `document.querySelector('[role=tree]')`},
		page{"timeline", "/alerts/" + id + "?from=1h&status=all&tab=timeline", `document.querySelector('li[data-kind]')`},
		page{"tree", "/tree/" + event + "?from=1h", `document.querySelector('[role=tree]')`},
		page{"host", "/hosts/" + host + "?from=1h", `document.querySelector('[data-host] table')`},
		page{"telemetry", "/hosts/" + host + "?from=1h", `(document.querySelector('section[aria-label=Telemetry]')?.scrollIntoView(), document.querySelector('section[aria-label=Telemetry] tbody'))`},
	), nil
}

func (b *browser) picture(url, theme, file, wait string) error {
	if err := chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](`localStorage.setItem('vedette.theme', '`+theme+`')`), chromedp.Navigate(url)); err != nil {
		return err
	}
	if wait == "" {
		wait = "true"
	}
	if err := b.until(`document.readyState === 'complete' && document.querySelector('#page') && !document.querySelector('.skeleton') && ` + wait); err != nil {
		return err
	}
	// fonts and charts are drawn in the frames after the data
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.fonts.ready.then(() => new Promise(r => setTimeout(() => r(true), 250)))`, chromedp.EvalAwaitPromise)); err != nil {
		return err
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	small, err := shrink(shot)
	if err != nil {
		return err
	}
	return os.WriteFile(file, small, 0o644)
}

// shrink writes a picture with at most 256 colours: the console has few, and a
// repository keeps pictures for ever.
func shrink(in []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(in))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	p := image.NewPaletted(img.Bounds(), frequent(img))
	draw.Draw(p, p.Bounds(), img, img.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, p); err != nil {
		return nil, fmt.Errorf("write picture: %w", err)
	}
	return out.Bytes(), nil
}

// frequent returns the most frequent colours of a picture, near ones joined.
func frequent(img image.Image) color.Palette {
	type bin struct {
		c color.RGBA
		n int
	}
	bins := map[uint32]*bin{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			k := uint32(c.R>>2)<<16 | uint32(c.G>>2)<<8 | uint32(c.B>>2)
			if bins[k] == nil {
				bins[k] = &bin{c: c}
			}
			bins[k].n++
		}
	}
	var out color.Palette
	for len(out) < 256 && len(bins) > 0 {
		var best uint32
		most := -1
		for k, v := range bins {
			if v.n > most || v.n == most && k < best {
				best, most = k, v.n
			}
		}
		out = append(out, bins[best].c)
		delete(bins, best)
	}
	if len(out) == 0 {
		return palette.Plan9
	}
	return out
}
