package controller

// order is in which order sources were read and looked at: a plan that is missing in
// one may have moved to another that was not looked at since. The zero value is ready.
type order struct {
	turn int
	news map[string]int // when the last reading of each source came
	look map[string]int // when the last look at it began that has ended
}

// next is the turn of what happens now, after all before.
func (o *order) next() int {
	if o.turn++; o.news == nil {
		o.news, o.look = map[string]int{}, map[string]int{}
	}
	return o.turn
}

// read notes that a reading of a source has come.
func (o *order) read(source string) {
	turn := o.next()
	o.news[source] = turn
}

// looked notes the end of a look at a source that began at a turn, and reports whether
// a reading of another had waited for it.
func (o *order) looked(source string, began int) (awaited bool) {
	for other, read := range o.news {
		awaited = awaited || other != source && o.look[source] < read && read < began
	}
	o.look[source] = began
	return awaited
}

// behind names, by namespace, another source that shares it and was not looked at since
// the last reading of this one came.
func (o *order) behind(source string, sources []string, reaches map[string][]string) map[string]string {
	behind := map[string]string{}
	for _, other := range sources {
		if other == source || o.look[other] > o.news[source] {
			continue
		}
		for _, namespace := range reaches[other] {
			behind[namespace] = other
		}
	}
	return behind
}

// Look says that a look at a source begins, and returns what to call when it has ended,
// well or not: one that cannot be looked at keeps nothing of the others waiting for ever.
func (l *Loop) Look(source string) (ended func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	began := l.order.next()
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.order.looked(source, began) {
			l.wakeAllLocked()
		}
	}
}
