package spec

import (
	"fmt"
	"strings"

	"github.com/robfig/cron/v3"

	"github.com/patchwave/patchwave/schema"
)

// cronExpressions are checked by the library's parser alone; it runs nothing
// here. What its parser panics on ("CRON_TZ=" without a space) the schema's
// pattern keeps away from it.
func cronExpressions(plan any) []schema.Violation {
	var found []schema.Violation
	check := func(pointer string) {
		text, ok := schema.At(plan, pointer).(string)
		if !ok || strings.Contains(text, "=") || len(strings.Fields(text)) != 5 {
			return // the schema has said so
		}
		if _, err := cron.ParseStandard(text); err != nil {
			found = append(found, wrong(pointer, "%q is not a cron expression: %s", short(text), err))
		}
	}
	windows, _ := schema.At(plan, "/spec/windows").([]any)
	for i := range windows {
		check(fmt.Sprintf("/spec/windows/%d/start", i))
	}
	check("/spec/drift/schedule")
	return found
}
