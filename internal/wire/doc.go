// Package wire is all that agent and manager share: the messages of their one
// stream, the conversion between event.Event and its message, the documents
// that a manager signs (policy, rules, tasks), identities and certificates,
// and the version. Nothing here keeps state or starts a goroutine.
package wire
