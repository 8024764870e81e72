"""Makes VoiceAdminSite the default admin site."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "voicecms.admin_site.VoiceAdminSite"
