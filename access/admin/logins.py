"""Who signed in, who could not, and what django-otp and django-axes would show by themselves and must not."""

from axes.models import AccessAttempt, AccessLog
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from access.accounts.lockouts import locked_from, login_unlock
from access.models import ActorKind
from access.readonly_admin import ReadOnlyAdmin

for device in (TOTPDevice, StaticDevice):  # their pages show secrets, and change them without a reason
    admin.site.unregister(device)

AccessAttempt._meta.verbose_name, AccessAttempt._meta.verbose_name_plural = "failed login", "failed logins"
AccessLog._meta.verbose_name, AccessLog._meta.verbose_name_plural = "login", "logins"


@admin.register(AccessAttempt)
class FailedLoginAdmin(ReadOnlyAdmin):
    """A row for each name, address and browser that failed lately, and from when it is heard again."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "locked", "user_agent")
    search_fields = ("=username", "=ip_address")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "failures_since_start", "locked")
    readonly_fields = fields
    ordering = ("-pk",)
    paginator, show_full_result_count = InfinitePaginator, False
    actions = ("unlock",)

    @display(description="locked until")
    def locked(self, row: AccessAttempt) -> str:
        until = locked_from(row)
        return f"{until:%Y-%m-%d %H:%M:%S} UTC" if until and until > timezone.now() else "not locked"

    @action(description="Unlock: forget these failed logins", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: "QuerySet[AccessAttempt]") -> None:
        done = login_unlock(queryset, actor_kind=ActorKind.OPERATOR, actor_id=request.user.get_username())
        messages.success(request, f"{done} row{'' if done == 1 else 's'} of failed logins forgotten")

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.unlock_people")


@admin.register(AccessLog)
class LoginAdmin(ReadOnlyAdmin):
    """Who signed in, when and from where."""

    list_display = ("attempt_time", "username", "ip_address", "user_agent", "logout_time")
    search_fields = ("=username", "=ip_address")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "logout_time")
    ordering = ("-pk",)
    paginator, show_full_result_count = InfinitePaginator, False
