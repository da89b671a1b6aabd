// Package all lists the formats of rules. A new format is its directory and
// one entry here.
package all

import (
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/condition"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/detect/gotrust"
	"github.com/vedette-edr/vedette/internal/detect/sigma"
)

// Formats returns the formats of rules in the order in which a file is offered
// to them.
func Formats() []detect.Format {
	return []detect.Format{
		gene.Format(),
		condition.Format(),
		gotrust.Format(),
		sigma.Format(),
	}
}

// FormatOf returns the name of the format that takes a file; the empty text
// when none does.
func FormatOf(f detect.File) string {
	for _, format := range Formats() {
		if format.Accepts(f) {
			return format.Name
		}
	}
	return ""
}
