package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// write replaces what stands in a field.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.until(selector+" has the focus", `document.activeElement === document.querySelector(`+quoted(selector)+`)`)
	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.select(); document.execCommand('insertText', false, ` + quoted(text) + `); undefined`))
}

const ownRule = `title: Kingfisher is called
id: 44444444-4444-4444-4444-444444444444
status: experimental
description: A test of the editor.
logsource: {product: linux, category: process_creation}
detection:
  selection:
    CommandLine|contains: kingfisher
  condition: selection
level: critical
`

// TestRules looks for a rule, opens it and reads what is known of it.
func TestRules(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/")
	b.keysUntil("g r goes to the rules", `location.pathname === '/rules'`, "g", "r")
	b.until("the list has all rules", `document.querySelectorAll('[role=grid][aria-label=Rules] [data-key]').length === 10`)
	b.until("hits and costs are shown", `[...document.querySelectorAll('[data-key=rule-run-tmp] [role=gridcell]')].some(c => / (ns|µs|ms)$/.test(c.textContent))`)
	b.picture("list")
	b.write(`input[aria-label="Filter by text"]`, "t1505")
	b.until("one rule has the technique", `document.querySelectorAll('[role=grid][aria-label=Rules] [data-key]').length === 1 && new URLSearchParams(location.search).get('text') === 't1505'`)
	b.click(`[data-key=rule-web-shell]`)
	b.until("the rule is open with its text", `document.querySelector('[data-rule=rule-web-shell] pre')?.textContent.includes('ParentImage|endswith')`)
	b.shows("in force in all groups")
	b.shows("newest events that it is for")
	b.picture("rule")
	b.run(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	b.keysUntil("Esc closes it", `location.pathname === '/rules'`, kb.Escape)
}

// TestRuleEditor writes a rule: mistakes are told as one types, a rule with one
// cannot be put in force; it is changed, removed, and comes back from the
// history.
func TestRuleEditor(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/rules")
	b.click(`//button[contains(., "New rule")]`)
	b.until("the rule to begin with has no mistake", `document.querySelector('[data-lint]')?.dataset.lint === 'good'`)
	b.write(`[data-rule=new] textarea`, "title: x\ndetection:\n  selection:\n    Image: [a\n")
	b.until("the mistake and its line are told", `document.querySelector('[data-lint]').dataset.lint === 'bad' && /mistake\s*line \d/.test(document.querySelector('[data-lint]').innerText)`)
	b.until("it cannot be put in force", `[...document.querySelectorAll('[data-rule=new] button')].find(x => x.textContent === 'Put in force').disabled`)
	b.picture("mistake")
	b.write(`[data-rule=new] textarea`, ownRule)
	b.until("no mistake any more", `document.querySelector('[data-lint]').dataset.lint === 'good' && document.querySelector('[data-lint]').innerText.includes('remark')`)
	b.write(`[data-rule=new] input[placeholder^="linux/"]`, "birds/kingfisher.yml")
	b.write(`[data-rule=new] input[aria-label=Why]`, "a bird")
	b.picture("written")
	b.click(`//button[text()="Put in force"]`)
	b.until("the rule is open, in force and in the list", `location.pathname.endsWith('/44444444-4444-4444-4444-444444444444') && document.querySelector('[data-key="44444444-4444-4444-4444-444444444444"]') !== null`)
	b.shows("stored, sigma, stored/birds/kingfisher.yml")
	b.picture("stored")
	b.click(`//button[text()="Remove"]`)
	b.click(`//dialog//button[text()="Remove"]`)
	b.until("it is removed", `location.pathname === '/rules' && document.querySelector('[data-key="44444444-4444-4444-4444-444444444444"]') === null`)
	b.click(`//button[contains(., "History")]`)
	b.shows("a bird")
	b.picture("history")
	b.click(`//li[contains(., "a bird")]//button`)
	b.click(`//dialog//button[contains(., "in force")]`)
	b.until("the rule is back", `document.querySelector('[data-key="44444444-4444-4444-4444-444444444444"]') !== null`)
}

// TestIndicators adds, finds and removes indicators.
func TestIndicators(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/rules")
	b.keysUntil("g i goes to the indicators", `location.pathname === '/iocs'`, "g", "i")
	b.shows("82 indicators")
	b.picture("list")
	b.click(`//button[contains(., "Add")]`)
	b.write(`dialog textarea`, "evil[.]example[.]org\nnot an indicator")
	b.click(`//dialog//button[contains(., "Add 2")]`)
	b.until("the wrong value is named and nothing is added", `document.querySelector('dialog [role=alert]')?.innerText.includes('not an indicator')`)
	b.picture("wrong")
	b.write(`dialog textarea`, "evil[.]example[.]org\n203.0.113.9")
	b.click(`//dialog//button[contains(., "Add 2")]`)
	b.shows("84 indicators")
	b.write(`input[aria-label="Try a value"]`, "www.evil.example.org")
	b.keys(kb.Enter)
	b.until("a name below it is found", `document.querySelector('[data-hits="1"]') !== null`)
	b.write(`input[aria-label="Filter by text"]`, "evil")
	b.shows("1 of 84 indicators")
	b.click(`[role=grid][aria-label=Indicators] [data-key] input[type=checkbox]`)
	b.picture("chosen")
	b.click(`//button[contains(., "Remove 1")]`)
	b.click(`//dialog//button[text()="Remove"]`)
	b.shows("No indicator meets these filters")
	b.click(`//button[text()="Show all"]`)
	b.shows("83 indicators")
	b.click(`//button[text()="expired"]`)
	b.shows("1 of 83 indicators")
}

// TestValueBecomesAnIndicator adds an address of an event by its menu.
func TestValueBecomesAnIndicator(t *testing.T) {
	s := loggedIn(t)
	b := open(t, s, 1440, 900)
	b.logIn("/alerts/" + s.alertOf("rule-port").ID)
	b.click(`//button[@title="destination.ip: 198.51.100.23"]`)
	b.click(`//button[@role="menuitem"][contains(., "Add as IOC")]`)
	b.shows("Added as an indicator")
	b.keysUntil("g i goes to the indicators", `location.pathname === '/iocs'`, "g", "i")
	b.until("it is the newest", `document.querySelector('[role=grid][aria-label=Indicators] [data-key]')?.innerText.includes('198.51.100.23')`)
}
