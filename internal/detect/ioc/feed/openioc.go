package feed

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

func isXML(_ string, head []byte) bool { return bytes.HasPrefix(head, []byte("<")) }

// iocNode is an Indicator of OpenIOC: items and nodes that its operator joins.
type iocNode struct {
	Operator string `xml:"operator,attr"`
	Items    []struct {
		ID        string `xml:"id,attr"`
		Condition string `xml:"condition,attr"`
		Negate    string `xml:"negate,attr"`
		Context   struct {
			Search string `xml:"search,attr"`
		} `xml:"Context"`
		Content string `xml:"Content"`
	} `xml:"IndicatorItem"`
	Nodes []iocNode `xml:"Indicator"`
}

// iocFile is version 1.0, where all stands in the root, and 1.1.
type iocFile struct {
	XMLName xml.Name
	ID      string   `xml:"id,attr"`
	Short   string   `xml:"short_description"`
	Author  string   `xml:"authored_by"`
	Name11  string   `xml:"metadata>short_description"`
	Maker11 string   `xml:"metadata>authored_by"`
	Nodes10 iocNodes `xml:"definition"`
	Nodes11 iocNodes `xml:"criteria"`
}

type iocNodes struct {
	Nodes []iocNode `xml:"Indicator"`
}

// openIOC reads an OpenIOC document.
func (r *reading) openIOC(b *bufio.Reader) error {
	dec := xml.NewDecoder(whole(b))
	dec.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(name) {
		case "us-ascii", "ascii", "utf-8", "utf8":
			return in, nil
		}
		return nil, fmt.Errorf("the encoding %.20q is not read: save it as UTF-8", name)
	}
	var f iocFile
	if err := dec.Decode(&f); err != nil {
		return fmt.Errorf("no whole XML: %w", err)
	}
	if name := strings.ToLower(f.XMLName.Local); name != "ioc" && name != "openioc" {
		return fmt.Errorf("the XML is a %.40q, not OpenIOC", f.XMLName.Local)
	}
	nodes := append(f.Nodes10.Nodes, f.Nodes11.Nodes...)
	if len(nodes) == 0 {
		return errors.New("there is no Indicator in it")
	}
	model := ioc.Indicator{Source: firstOf(f.Author, f.Maker11), Note: firstOf(f.Short, f.Name11), Ref: f.ID}
	for _, n := range nodes {
		if err := r.node(n, model, 0); err != nil {
			return err
		}
	}
	return nil
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}

// node takes the items of a node that joins with OR, and of those below it.
func (r *reading) node(n iocNode, model ioc.Indicator, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("nested deeper than %d", maxNesting)
	}
	if strings.EqualFold(n.Operator, "AND") && len(n.Items)+len(n.Nodes) > 1 {
		r.refuse(place{field: "Indicator"}, fmt.Sprintf("AND joins %d conditions: an indicator is one value; write it as a rule", len(n.Items)+len(n.Nodes)))
		return nil
	}
	for _, item := range n.Items {
		at := place{field: "IndicatorItem " + item.ID}
		i, err := ofItem(item.Context.Search, item.Condition, strings.TrimSpace(item.Content))
		if strings.EqualFold(item.Negate, "true") {
			err = errors.New("it is negated: an indicator is a value that is bad; write it as a rule")
		}
		if err != nil {
			r.refuse(at, err.Error())
			continue
		}
		i.Source, i.Note = model.Source, model.Note
		if i.Ref = item.ID; i.Ref == "" {
			i.Ref = model.Ref
		}
		if err := r.add(at, i); err != nil {
			return err
		}
	}
	for _, sub := range n.Nodes {
		if err := r.node(sub, model, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// ofItem returns the indicator of an item.
func ofItem(search, condition, content string) (ioc.Indicator, error) {
	i := ioc.Indicator{Value: content}
	switch strings.ToLower(search) {
	case "fileitem/md5sum", "processitem/md5sum", "taskitem/md5sum", "driveritem/md5sum", "serviceitem/pathmd5sum":
		i.Type = ioc.MD5
	case "fileitem/sha1sum", "driveritem/sha1sum", "serviceitem/pathsha1sum":
		i.Type = ioc.SHA1
	case "fileitem/sha256sum", "driveritem/sha256sum", "serviceitem/pathsha256sum":
		i.Type = ioc.SHA256
	case "fileitem/peinfo/importhash", "fileitem/peinfo/imphash":
		i.Type = ioc.Imphash
	case "fileitem/filename", "fileitem/fullpath", "processitem/name", "processitem/path", "driveritem/drivername", "moduleitem/name":
		i.Type = ioc.FileName
	case "network/dns", "dnsentryitem/host", "dnsentryitem/recordname":
		i.Type = ioc.Domain
	case "portitem/remoteip", "routeentryitem/destination", "dnsentryitem/recorddata/ipv4address":
		i.Type = ioc.Address
	case "network/uri", "urlhistoryitem/url", "filedownloadhistoryitem/sourceurl":
		i.Type = ioc.URL
	case "processitem/arguments":
		i.Type, i.Value = ioc.Regexp, regexp.QuoteMeta(content)
	default:
		return i, fmt.Errorf("%.60q cannot be looked up", search)
	}
	switch strings.ToLower(condition) {
	case "is":
		if i.Type == ioc.URL && !strings.Contains(content, "://") {
			i.Value = "http://" + content
		}
	case "contains", "matches":
		if i.Type != ioc.FileName && i.Type != ioc.Domain && i.Type != ioc.URL && i.Type != ioc.Regexp {
			return i, fmt.Errorf("%s of %.60q: only names and URLs are matched so", condition, search)
		}
		i.Type, i.Value = ioc.Regexp, content
		if strings.EqualFold(condition, "contains") {
			i.Value = regexp.QuoteMeta(content)
		}
	default:
		return i, fmt.Errorf("the condition %.20q is not read", condition)
	}
	return i, nil
}
