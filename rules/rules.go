// Package rules embeds the rules that come with Vedette: one file for each, in
// Sigma form, with the events that it must and must not match. They carry no
// actions; a policy adds them.
package rules

import "embed"

// Files holds the rule files.
//
//go:embed *.yml
var Files embed.FS
