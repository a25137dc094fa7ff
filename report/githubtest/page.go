package githubtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// page cuts out what per_page (30, at most 100) and page (1) ask for, with the
// Link header that leads to the others.
func page[T any](r *http.Request, all []T) ([]T, http.Header) {
	size := min(number(r, "per_page", 30), 100)
	last := max(1, (len(all)+size-1)/size)
	this := number(r, "page", 1)
	from := min((this-1)*size, len(all))
	return all[from:min(from+size, len(all))], links(r, this, last)
}

func number(r *http.Request, name string, missing int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && n > 0 {
		return n
	}
	return missing
}

func links(r *http.Request, this, last int) http.Header {
	var list []string
	add := func(page int, rel string) {
		list = append(list, fmt.Sprintf("<%s>; rel=%q", pageURL(r, page), rel))
	}
	if this > 1 {
		add(min(this-1, last), "prev")
	}
	if this < last {
		add(this+1, "next")
		add(last, "last")
	}
	if this > 1 {
		add(1, "first")
	}
	if list == nil {
		return nil
	}
	return http.Header{"Link": {strings.Join(list, ", ")}}
}

func pageURL(r *http.Request, page int) string {
	query := r.URL.Query()
	query.Set("page", strconv.Itoa(page))
	return origin(r) + r.URL.Path + "?" + query.Encode()
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
