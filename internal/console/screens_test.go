package console_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

func (s *server) alertOf(rule string) api.Alert {
	for _, a := range s.twin.w.alerts {
		if a.RuleID == rule {
			return a
		}
	}
	return api.Alert{}
}

func TestLoginAndFirstPassword(t *testing.T) {
	s := newServer(t)
	b := open(t, s, 1440, 900)
	b.goTo("/hosts")
	b.run(chromedp.WaitVisible("#user"), chromedp.SendKeys("#user", person), chromedp.SendKeys("#password", "wrong"))
	b.click("button[type=submit]")
	b.until("a wrong password is told", `document.querySelector('[role=alert]').textContent.length > 5`)
	b.picture("login")
	b.run(chromedp.SendKeys("#password", s.once))
	b.click("button[type=submit]")
	b.shows("Choose your password")
	b.run(chromedp.SendKeys("#old", s.once), chromedp.SendKeys("#new", password), chromedp.SendKeys("#again", password+"x"))
	b.shows("The two are not the same.")
	b.picture("first-password")
	b.run(chromedp.SendKeys("#again", kb.Backspace))
	b.click("button[type=submit]")
	b.until("the page that was asked for is there", `location.pathname === '/hosts' && document.querySelector('[role=grid][aria-label=Hosts]') !== null`)
}

func TestOverview(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/")
	b.shows("Telemetry whole for")
	b.until("the chart is drawn", `document.querySelector('section[aria-label="Alerts over time"] canvas') !== null`)
	b.picture("dark")
	b.click(`section[aria-label="Newest alerts"] a[href^="/alerts/"]`)
	b.until("the alert is open", `document.querySelector('[data-alert]') !== null`)
}

// TestAlertFromDeepLink opens an alert as a webhook links to it.
func TestAlertFromDeepLink(t *testing.T) {
	s := loggedIn(t)
	a := s.alertOf("rule-run-tmp")
	b := open(t, s, 1440, 900)
	b.logIn("/alerts/" + a.ID)
	b.until("the alert of the link is open", `document.querySelector('[data-alert=`+a.ID+`]') !== null`)
	b.shows("Hidden program run from a temporary folder")
	b.until("the story names the program", `[...document.querySelectorAll('section[aria-label="What happened"] code')].some(c => c.textContent === 'kworker')`)
	if got := b.text(`[...document.querySelectorAll('[data-matched="process.executable"] mark')].map(m => m.textContent).join('|')`); got != "/tmp/." {
		t.Errorf("marked in the value: %q, want the part that the rule names", got)
	}
	b.until("the tree has the alerting process", `document.querySelector('[role=tree] [data-node="`+a.EntityID+`"]') !== null`)
	b.picture("summary")
	for _, tab := range []struct{ name, want string }{{"Timeline", "198.51.100.23:4444"}, {"Raw", `"rule-run-tmp"`}, {"Notes and history", "made the alert"}} {
		b.click(fmt.Sprintf(`//button[@role="tab"][contains(., %q)]`, tab.name))
		b.shows(tab.want)
		b.picture(strings.Fields(tab.name)[0])
	}
	b.run(chromedp.SendKeys("#alert-note", "seen before on web-02"))
	b.click(`//button[text()="Add the note"]`)
	b.until("the note is in the history", `[...document.querySelectorAll('section[aria-label=History] li')].some(l => l.textContent.includes('seen before on web-02'))`)
	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.keys(kb.Escape)
	b.until("Esc closes the detail", `location.pathname === '/alerts' && document.querySelector('[data-alert]') === null`)
}

func TestAlertsByKeyboard(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/")
	b.keys("g", "h")
	b.until("g h goes to the hosts", `location.pathname === '/hosts'`)
	b.keys("g", "a")
	b.until("g a goes to the alerts", `document.querySelector('[role=grid][aria-label=Alerts] [role=row][aria-rowindex]') !== null`)
	b.picture("list")
	first := b.text(`document.querySelector('[data-index="1"]').dataset.key`)
	b.keys("j", "j")
	b.until("j moves the cursor", `document.querySelector('[aria-selected=true]').parentElement.dataset.index === '1'`)
	b.keys("x", "k", "x")
	b.shows("2 alerts selected")
	b.keys("e")
	b.until("e acknowledges both", `document.body.innerText.includes('Acknowledged: 2 alerts')`)
	s.twin.mu.Lock()
	status := s.twin.alert(first).Status
	s.twin.mu.Unlock()
	if status != api.AlertAcknowledged {
		t.Errorf("alert %s is %s", first, status)
	}
	b.keys("j", kb.Enter)
	b.until("Enter opens", `document.querySelector('[data-alert]') !== null`)
	open := b.text(`document.querySelector('[data-alert]').dataset.alert`)
	b.keys("j")
	b.until("j goes on to the next with the detail open", `document.querySelector('[data-alert]') && document.querySelector('[data-alert]').dataset.alert !== '`+open+`'`)
	b.keys("c")
	b.until("c asks why", `document.querySelector('dialog[open]') !== null`)
	b.picture("close")
	b.click(`//dialog//button[@type="submit"]`)
	b.shows("Closed: 1 alert")
	b.keys(kb.Escape)
	b.keys("?")
	b.shows("Keyboard and conditions")
	b.picture("help")
	b.keys(kb.Escape)
	b.until("Esc closes the help", `document.querySelector('dialog[open]') === null`)
	b.keysUntil("/ goes to the condition", `document.activeElement.dataset.search !== undefined`, "/")
}

func TestKillWithPreview(t *testing.T) {
	s := loggedIn(t)
	a := s.alertOf("rule-reverse")
	b := open(t, s, 1440, 900)
	b.logIn("/alerts/" + a.ID)
	b.until("the alert is open", `document.querySelector('[data-alert]') !== null`)
	b.click(`//section[@aria-label="Response"]//button[contains(., "Kill")]`)
	b.until("the preview comes first", `document.querySelector('[data-preview]') !== null`)
	b.shows("It cannot be undone.")
	b.picture("preview")
	s.twin.mu.Lock()
	given := len(s.twin.tasks)
	s.twin.mu.Unlock()
	if given != 0 {
		t.Fatalf("%d tasks were given by looking at the preview", given)
	}
	b.run(chromedp.SendKeys("#task-reason", "reverse shell"))
	b.click(`//dialog//footer//button[contains(., "Kill bash")]`)
	b.until("the result is told", `document.querySelector('[data-result=done]') !== null`)
	b.shows("the process ended with signal 9")
	b.picture("result")
	s.twin.mu.Lock()
	task := s.twin.tasks[0]
	s.twin.mu.Unlock()
	if task.EntityID != a.EntityID || task.Reason != "reverse shell" || task.By != person {
		t.Errorf("task %+v is not what was asked for", task)
	}
	b.click(`//dialog//footer//button[text()="Done"]`)
	b.until("the alert has the task", `document.querySelector('[data-task=done]') !== null`)
}

func TestSearchWithCompletion(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/search")
	b.until("all events are there", `Number(document.querySelector('[data-total]').dataset.total) > 1000`)
	b.picture("all")
	b.keys("/")
	b.until("the condition has the focus", `document.activeElement.dataset.search !== undefined`)
	if b.text(`document.activeElement.value`) == "/" { // the driver types the key that the page has used
		b.keys(kb.Backspace)
	}
	b.keys("process.na")
	b.until("fields are offered", `[...document.querySelectorAll('[role=option]')].some(o => o.textContent.startsWith('process.name'))`)
	b.picture("fields")
	b.keys(kb.Tab)
	b.until("the field is taken", `document.activeElement.value === 'process.name '`)
	b.until("operators are offered", `document.querySelector('[role=option]').textContent.startsWith('=')`)
	b.keys("= cu")
	b.until("values of the events are offered", `[...document.querySelectorAll('[role=option]')].some(o => o.textContent.startsWith('curl'))`)
	b.picture("values")
	b.keys(kb.ArrowDown, kb.Enter)
	b.until("the value is taken", `document.activeElement.value.trim() === "process.name = 'curl'"`)
	b.keys(kb.Enter)
	b.until("the condition is in the URL", `new URLSearchParams(location.search).get('q') === "process.name = 'curl'"`)
	b.until("fewer events", `Number(document.querySelector('[data-total]').dataset.total) < 200`)
	b.until("only these are shown", `[...document.querySelectorAll('[role=grid] [role=row][aria-rowindex]')].every(r => r.textContent.includes('curl'))`)
	b.keys(kb.Escape, "j", kb.Enter)
	b.until("the whole event opens", `new URLSearchParams(location.search).get('event') !== null && document.body.innerText.includes('process.entity_id')`)
	b.picture("event")
	b.shows("Telemetry whole for")

	b.goTo("/search?q=" + strings.ReplaceAll("process.nam = 'curl'", " ", "%20"))
	b.shows("did you mean process.name?")
	b.picture("wrong")

	b.goTo("/search?by=process.name,user.name")
	b.until("counts are shown", `document.querySelector('[role=grid][aria-label^="Events by"]') !== null`)
	b.picture("count")
}

func TestValueMenu(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/search?q=" + strings.ReplaceAll("host.name = 'web-01'", " ", "%20"))
	b.until("events are there", `document.querySelector('[role=grid] [role=gridcell] button[title^="user.name"]') !== null`)
	value := b.text(`document.querySelector('[role=gridcell] button[title^="user.name"]').textContent`)
	b.click(`[role=gridcell] button[title^="user.name"]`)
	b.shows("Filter out")
	b.picture("menu")
	b.click(`//button[@role="menuitem"][contains(., "Filter out")]`)
	b.until("the condition has it", `new URLSearchParams(location.search).get('q') === "host.name = 'web-01' and user.name != '`+value+`'"`)
}

func TestProcessTree(t *testing.T) {
	s := loggedIn(t)
	a := s.alertOf("rule-nohup")
	b := open(t, s, 1440, 900)
	b.logIn("/tree/" + a.EventID)
	b.until("the tree is there", `document.querySelector('[role=tree] [data-node="`+a.EntityID+`"]') !== null`)
	if n := b.text(`document.querySelector('[role=tree] svg').dataset.nodes`); len(n) > 2 {
		t.Errorf("the tree starts with %s nodes: it must start folded around the path that matters", n)
	}
	b.picture("folded")
	b.click(`//button[starts-with(., "All ")]`)
	b.until("all are placed", `Number(document.querySelector('[role=tree] svg').dataset.nodes) > 500`)
	b.picture("all")
	drawn := b.text(`document.querySelectorAll('[role=treeitem]').length`)
	if len(drawn) > 2 {
		t.Errorf("%s nodes are in the document: only those in view should be", drawn)
	}
	b.click(`//button[starts-with(., "Fold")]`)
	b.run(chromedp.Focus(`[role=tree]`))
	b.keys(kb.ArrowLeft, kb.Enter)
	b.until("Enter opens the parent", `document.querySelector('article[aria-label="Process make"]') !== null`)
	b.shows("Events of this process")
	b.until("its events are there", `document.querySelector('article[aria-label="Process make"] li[data-kind=process_start]') !== null`)
	b.picture("chosen")
}

// TestTreeIsSmooth scrolls through more than 500 nodes: a frame must not take long.
func TestTreeIsSmooth(t *testing.T) {
	s := loggedIn(t)
	a := s.alertOf("rule-nohup")
	b := open(t, s, 1440, 900)
	b.logIn("/tree/" + a.EventID)
	b.until("the tree is there", `document.querySelector('[role=tree] [data-node]') !== null`)
	b.click(`//button[starts-with(., "All ")]`)
	b.until("all are placed", `Number(document.querySelector('[role=tree] svg').dataset.nodes) > 500`)
	b.scrolls(`[role=tree]`)
}

// scrolls moves through a long box; the median frame must not take long.
func (b *tab) scrolls(box string) {
	b.t.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](`
		window.frames_ = []; window.done_ = false;
		{
			const el = document.querySelector('` + box + `'); let last = performance.now(), y = 0; el.scrollTop = 0;
			requestAnimationFrame(function go(now) { frames_.push(now - last); last = now; y += 120; el.scrollTop = y; if (frames_.length < 90) requestAnimationFrame(go); else done_ = true; });
		}
		undefined`))
	b.until("it has scrolled", `window.done_`)
	median := b.text(`[...frames_].sort((a, b) => a - b)[45].toFixed(0)`)
	var ms int
	if _, err := fmt.Sscan(median, &ms); err != nil || ms > 50 {
		b.t.Errorf("the median frame took %s ms, want at most 50", median)
	}
	b.t.Logf("median frame %s ms", median)
}

// TestLongTable loads 20,000 alerts page by page; few rows are in the document.
func TestLongTable(t *testing.T) {
	s := loggedIn(t)
	for i := range 20_000 - len(s.twin.w.alerts) {
		a := s.twin.w.alerts[i%7]
		a.ID = fmt.Sprintf("b%05d", i)
		s.twin.w.alerts = append(s.twin.w.alerts, a)
	}
	b := open(t, s, 1440, 900)
	b.logIn("/alerts?status=all")
	b.shows("1,000 of 20,000 alerts loaded")
	for n := 2; n <= 20; n++ {
		b.keys(kb.End)
		want := fmt.Sprintf("%d,000 of 20,000 alerts loaded", n)
		if n == 20 {
			want = "20,000 alerts"
		}
		b.until(want, `[...document.querySelectorAll('#page footer')].some(f => f.textContent.trim().startsWith('`+want+`'))`)
	}
	rows := b.text(`document.querySelectorAll('[role=row][aria-rowindex]').length`)
	if len(rows) > 2 {
		t.Errorf("%s rows are in the document", rows)
	}
	b.scrolls(`[role=grid]`)
}

// TestViewerMayOnlyLook logs in with the least role: what changes something is
// not offered, and says why.
func TestViewerMayOnlyLook(t *testing.T) {
	s := loggedIn(t)
	made, err := s.users.Create(t.Context(), api.NewUser{Name: "jo", Role: api.RoleViewer})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.users.ChangePassword(t.Context(), "jo", api.PasswordChange{Old: made.Password, New: password}); err != nil {
		t.Fatal(err)
	}
	b := open(t, s, 1440, 900)
	b.logInAs("jo", "/alerts/"+s.alertOf("rule-reverse").ID)
	b.until("the alert is open", `document.querySelector('section[aria-label="Response"]') !== null`)
	b.until("nothing can be killed", `[...document.querySelectorAll('section[aria-label="Response"] button')].every(x => x.disabled && x.title === 'Needs the role analyst')`)
	b.keys("e")
	b.goTo("/settings/users")
	b.shows("This needs the role admin.")
	if got := s.alertOf("rule-reverse").Status; got != api.AlertNew {
		t.Errorf("a viewer's key made the alert %s", got)
	}
}

// TestSessionEnds ends the session at the manager: the console asks for a
// login again and comes back to where the person was.
func TestSessionEnds(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/hosts")
	b.until("the hosts are there", `document.querySelector('[role=grid]') !== null`)
	if err := s.users.ChangePassword(t.Context(), person, api.PasswordChange{Old: password, New: password + "!"}); err != nil {
		t.Fatal(err)
	}
	b.keys("r")
	b.until("a login is asked for", `document.querySelector('#user') !== null`)
	if b.text(`document.querySelector('#user').value`) == "r" { // the driver types the key that the page has used
		b.keys(kb.Backspace)
	}
	b.run(chromedp.SendKeys("#user", person), chromedp.SendKeys("#password", password+"!"))
	b.until("name and password are typed", `document.querySelector('#user').value + document.querySelector('#password').value === `+quoted(person+password+"!"))
	b.click(`button[type=submit]`)
	b.until("the page is back", `location.pathname === '/hosts' && document.querySelector('[role=grid]') !== null`)
}

func TestHosts(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/hosts")
	b.until("all hosts are there", `document.querySelectorAll('[role=grid] [role=row][aria-rowindex]').length === 14`)
	b.until("each has its track", `document.querySelectorAll('[role=grid] svg[aria-label^="Telemetry"]').length === 14`)
	b.picture("list")
	b.click(`//*[@role="row"][contains(., "db-02")]`)
	b.shows("the kernel has no BTF")
	b.shows("none works")
	b.until("each row has its source", `(() => {
		const rows = [...document.querySelectorAll('section[aria-label=Telemetry] tbody tr')].map((r) => [...r.cells].map((c) => c.innerText));
		return rows.length === 4 && rows[0][1] === 'exec.connector' && rows[0][5] === 'exec.tp_btf' && rows[1][1] === 'none works' && rows[2][4] === '12' && rows[3][1] === 'agent' && rows[3][5] === '–';
	})()`)
	b.shows("3 of 4 rows seen")
	b.click(`//section[@aria-label="Sensors"]//summary`)
	b.shows("Not in use: the kernel has no BTF. It needs Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF.")
	b.shows("Does not see: connections that end between two scans.")
	b.picture("detail")
	b.click(`//article[@data-host]//button[@aria-label="More"]`)
	b.click(`//button[@role="menuitem"][contains(., "Forget")]`)
	b.shows("Its events and alerts stay.")
	b.click(`//dialog//footer//button[text()="Forget"]`)
	b.until("the host is gone", `location.pathname === '/hosts' && document.querySelectorAll('[role=grid] [role=row][aria-rowindex]').length === 13`)
}

func TestLiveTail(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/live?q=" + strings.ReplaceAll("process.name = 'curl'", " ", "%20"))
	b.until("the stream is open", `document.querySelector('[data-link=open]') !== null`)
	template := *s.twin.w.attack["download"]
	n := int64(0)
	send := func(name string) int {
		e := template
		p := *e.Process
		n++
		p.Name, p.CommandLine = name, fmt.Sprintf("%s --number %d", name, n)
		e.Process, e.Epoch, e.Sequence, e.Time = &p, 7, n, event.At(time.Now())
		return s.twin.live.send(&e)
	}
	for range 3 {
		if send("curl") != 1 {
			t.Fatal("the client of the tail does not get its events")
		}
	}
	if send("wget") != 0 {
		t.Error("the condition of the tail does not reach the manager")
	}
	b.until("three events are shown", `document.querySelector('[data-seen]').dataset.seen === '3'`)
	b.shows("curl --number 3")
	s.twin.live.lose(1200)
	b.until("what was dropped is told", `document.querySelector('[data-drop]').textContent.includes('1,200 events were too many')`)
	b.picture("drop")
	b.click(`//button[text()="Pause"]`)
	b.shows("Paused")
	deadline := time.Now().Add(5 * time.Second)
	for send("curl") != 0 {
		if time.Now().After(deadline) {
			t.Fatal("a paused tail goes on to get events")
		}
	}
	seen := b.text(`document.querySelector('[data-seen]').dataset.seen`)
	b.click(`//button[text()="Go on"]`)
	for send("curl") != 1 {
		if time.Now().After(deadline.Add(5 * time.Second)) {
			t.Fatal("the tail does not go on")
		}
	}
	b.until("it goes on", `Number(document.querySelector('[data-seen]').dataset.seen) > `+seen)
	b.picture("on")
}

func TestSettings(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/settings/users")
	b.run(chromedp.WaitVisible(`form[aria-label="New user"] input`), chromedp.SendKeys(`form[aria-label="New user"] input`, "anna"))
	b.click(`//button[text()="Create a user"]`)
	b.until("the one-time password is shown", `document.querySelector('[data-secret]') !== null && document.querySelector('[data-secret]').textContent.length > 8`)
	b.picture("user")
	b.click(`//button[text()="I have kept it"]`)
	b.shows("anna")
	b.goTo("/settings/policies")
	b.run(chromedp.WaitVisible("#policy-text"))
	b.run(chromedp.SendKeys("#policy-text", "respnd: on\n"))
	b.click(`//button[text()="Put in force"]`)
	b.shows("did you mean respond?")
	b.picture("policy")
	for _, part := range []string{"account", "keys", "tokens"} {
		b.goTo("/settings/" + part)
		b.until("the part is there", `document.querySelector('h1') !== null`)
		b.picture(part)
	}
}

// TestFirstPaint measures from the start of loading to the first paint of the
// overview, with a session.
func TestFirstPaint(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/")
	b.goTo("/")
	b.shows("Telemetry whole for")
	b.until("the paint is measured", `performance.getEntriesByName('first-contentful-paint').length === 1`)
	paint := b.text(`performance.getEntriesByName('first-contentful-paint')[0].startTime.toFixed(0)`)
	var ms int
	if _, err := fmt.Sscan(paint, &ms); err != nil || ms > 1000 {
		t.Errorf("first paint after %s ms, want under 1000", paint)
	}
	t.Logf("first paint after %s ms", paint)
}

// TestPictures takes every screen in both themes and sizes, to be looked at.
func TestPictures(t *testing.T) {
	if os.Getenv("VEDETTE_SCREENS") == "" {
		t.Skip("VEDETTE_SCREENS names no folder")
	}
	s := loggedIn(t)
	a := s.alertOf("rule-run-tmp")
	for _, size := range [][2]int{{1440, 900}, {1024, 768}} {
		b := open(t, s, size[0], size[1])
		b.logIn("/")
		for _, theme := range []string{"dark", "light"} {
			b.run(chromedp.Evaluate[chromedp.Void](`localStorage.setItem('vedette.theme', '` + theme + `')`))
			for name, path := range map[string]string{"overview": "/", "alerts": "/alerts", "alert": "/alerts/" + a.ID, "hosts": "/hosts", "search": "/search", "rules": "/rules", "rule": "/rules/rule-web-shell", "iocs": "/iocs", "tree": "/tree/" + a.EventID, "timeline": "/alerts/" + a.ID + "?tab=timeline"} {
				b.goTo(path)
				b.until("loaded", `document.readyState === 'complete' && document.querySelector('#page') !== null && document.querySelector('.skeleton') === null`)
				b.picture(fmt.Sprintf("%s-%s-%d", name, theme, size[0]))
			}
		}
	}
}
